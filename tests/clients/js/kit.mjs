// What every conversation of Microsoft's JavaScript clients with Doorward needs: logins, clients of a
// surface, and refusals. Never a test.

import assert from "node:assert/strict";

import { ClientSecretCredential, UsernamePasswordCredential } from "@azure/identity";
import graph from "@microsoft/microsoft-graph-client";
import providers from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

const { Client, GraphError } = graph;
const { TokenCredentialAuthenticationProvider } = providers;

export const BASE = (process.env.DOORWARD_URL ?? "https://localhost:8443").replace(/\/$/, "");
assert.ok(process.env.NODE_EXTRA_CA_CERTS, "NODE_EXTRA_CA_CERTS must name the server's ca.pem");

export const TENANT = "11111111-1111-4111-8111-111111111111";
export const APPLICATION = "22222222-2222-4222-8222-222222222222";
const SECRET = "doorward-dev-secret";
export const SCOPES = ["https://graph.microsoft.com/.default"];
export const EM = "/identityGovernance/entitlementManagement";

export const login = { authorityHost: BASE, disableInstanceDiscovery: true };
export const application = new ClientSecretCredential(TENANT, APPLICATION, SECRET, login);
export const person = (name) =>
  new UsernamePasswordCredential(TENANT, APPLICATION, `${name}@doorward.test`, "doorward-dev", login);

/** A client of one surface; the token goes to hosts on the list alone, and those are named without port. */
export function connect(credential, version) {
  return Client.initWithMiddleware({
    baseUrl: BASE,
    defaultVersion: version,
    customHosts: new Set(["localhost"]),
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: SCOPES }),
  });
}

/** The promise has to fail as a GraphError with this status; gives the error back. */
export async function refused(promise, status) {
  const error = await promise.then(() => assert.fail(`expected a ${status}`), (error) => error);
  assert.ok(error instanceof GraphError, String(error));
  assert.equal(error.statusCode, status, `${error.code}: ${error.message}`);
  return error;
}

/** Waits until the server answers. */
export async function ready() {
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${BASE}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) return;
    assert.ok(tries < 100, `${BASE}/readyz never said that the server is ready`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
