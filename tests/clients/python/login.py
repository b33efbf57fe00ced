"""MSAL and azure-identity for Python, unmodified, against a running `doorward serve --dev`.

Run by hand, in a shell that has sourced the server's env.sh:

    pip install msal azure-identity && python login.py https://localhost:8443

MSAL asks `https://<host>/common/userrealm/...` on port 443 before a user and password login, whatever
the authority's port: give the server a second `--https 127.0.0.1:443` for that part, or pass
--no-password. It must never need anything that a user of these libraries would not set.
"""

import re
import sys
import threading
import urllib.parse
import urllib.request

import msal
from azure.identity import (
    AuthorizationCodeCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    UsernamePasswordCredential,
)

BASE = next((a for a in sys.argv[1:] if a.startswith("https://")), "https://localhost:8443")
TENANT = "11111111-1111-4111-8111-111111111111"
CLIENT = "22222222-2222-4222-8222-222222222222"
SECRET = "doorward-dev-secret"
USER, PASSWORD = "ada@doorward.test", "doorward-dev"
GRAPH = ["https://graph.microsoft.com/.default"]
NAMED = ["User.Read", "Group.Read.All"]
IDENTITY = {"authority": BASE, "disable_instance_discovery": True}


def form(url, fields):
    """Posts a form as a browser would, without following where it leads."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        answer = opener.open(url, urllib.parse.urlencode(fields).encode())
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers, answer.read().decode()


def sealed(html):
    return re.search(r'name="request" value="([^"]+)"', html).group(1)


def approve(user_code):
    """What a person does with a device's code."""
    _, _, page = form(f"{BASE}/devicelogin", {"user_code": user_code})
    fields = {"request": sealed(page), "username": USER, "password": PASSWORD, "answer": "approve"}
    status, _, page = form(f"{BASE}/devicelogin", fields)
    assert status == 200 and "Signed in" in page, page


def sign_in(url):
    """What a person does with the sign-in page; gives the answer's parameters."""
    page = urllib.request.urlopen(url).read().decode()
    fields = {"request": sealed(page), "username": USER, "password": PASSWORD, "answer": "sign-in"}
    status, headers, _ = form(f"{BASE}/{TENANT}/oauth2/v2.0/authorize", fields)
    assert status == 303
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).query))


def me(token):
    request = urllib.request.Request(f"{BASE}/v1.0/me", headers={"Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request).read().decode()


def check(name, ok):
    print(("ok   " if ok else "FAIL ") + name)
    check.failed |= not ok


check.failed = False


def with_msal():
    authority = {"authority": f"{BASE}/{TENANT}", "instance_discovery": False}
    app = msal.ConfidentialClientApplication(CLIENT, client_credential=SECRET, **authority)
    check("msal: client credentials", "access_token" in app.acquire_token_for_client(GRAPH))
    check("msal: again, from its cache", app.acquire_token_for_client(GRAPH).get("token_source") == "cache")
    wrong = msal.ConfidentialClientApplication(CLIENT, client_credential="wrong", **authority)
    check("msal: wrong secret", wrong.acquire_token_for_client(GRAPH).get("error_codes") == [7000215])

    public = msal.PublicClientApplication(CLIENT, **authority)
    flow = public.initiate_device_flow(NAMED)
    threading.Timer(2, approve, [flow["user_code"]]).start()
    got = public.acquire_token_by_device_flow(flow)
    check("msal: device code", USER in me(got.get("access_token", "")))
    account = public.get_accounts()[0]
    check("msal: the account's name", account["username"] == USER)
    silent = public.acquire_token_silent(NAMED, account)
    check("msal: silently, from its cache", silent and silent["token_source"] == "cache")
    silent = public.acquire_token_silent(NAMED, account, force_refresh=True)
    check("msal: silently, refreshed", silent and silent["token_source"] == "identity_provider")
    silent = public.acquire_token_silent(["User.Read"], account, force_refresh=True)
    check("msal: and again, for less", bool(silent) and "access_token" in silent)

    flow = public.initiate_auth_code_flow(NAMED, redirect_uri="http://localhost:5000")
    got = public.acquire_token_by_auth_code_flow(flow, sign_in(flow["auth_uri"]))
    check("msal: authorization code with PKCE", USER in me(got.get("access_token", "")))

    for name, options in {
        "oidc_authority": {"oidc_authority": f"{BASE}/{TENANT}/v2.0"},
        "instance_discovery": {"authority": f"{BASE}/{TENANT}", "instance_discovery": f"{BASE}/common/discovery/instance"},
    }.items():
        app = msal.ConfidentialClientApplication(CLIENT, client_credential=SECRET, **options)
        check(f"msal: {name}", "access_token" in app.acquire_token_for_client(GRAPH))

    if "--no-password" not in sys.argv:
        got = public.acquire_token_by_username_password(USER, PASSWORD, NAMED)
        check("msal: user and password", USER in me(got.get("access_token", "")))
        got = public.acquire_token_by_username_password(USER, "wrong", NAMED)
        check("msal: wrong password", got.get("error_codes") == [50126])


def with_azure_identity():
    for tenant in [TENANT, "doorward.test", "organizations"]:
        credential = ClientSecretCredential(tenant, CLIENT, SECRET, **IDENTITY)
        check(f"azure-identity: client secret, {tenant}", bool(credential.get_token(*GRAPH).token))

    def prompt(_uri, user_code, _expires):
        threading.Timer(2, approve, [user_code]).start()

    credential = DeviceCodeCredential(CLIENT, tenant_id=TENANT, prompt_callback=prompt, **IDENTITY)
    check("azure-identity: device code", USER in me(credential.get_token(*GRAPH).token))
    record = credential.authenticate(scopes=GRAPH)
    check("azure-identity: the record's name", record.username == USER)

    url = f"{BASE}/{TENANT}/oauth2/v2.0/authorize?" + urllib.parse.urlencode(
        {"client_id": CLIENT, "response_type": "code", "redirect_uri": "http://localhost:5000", "scope": GRAPH[0]}
    )
    code = sign_in(url)["code"]
    credential = AuthorizationCodeCredential(
        TENANT, CLIENT, code, "http://localhost:5000", client_secret=SECRET, **IDENTITY
    )
    check("azure-identity: authorization code", USER in me(credential.get_token(*GRAPH).token))

    if "--no-password" not in sys.argv:
        credential = UsernamePasswordCredential(CLIENT, USER, PASSWORD, tenant_id=TENANT, **IDENTITY)
        check("azure-identity: user and password", USER in me(credential.get_token(*GRAPH).token))


if __name__ == "__main__":
    with_msal()
    with_azure_identity()
    sys.exit(check.failed)
