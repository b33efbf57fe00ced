// Microsoft's own Go libraries, unmodified, against a Doorward that runs with --dev: MSAL logs in, and
// the HTTP middleware of the Graph SDK for Go reads and writes. That middleware compresses every body.
//
// `./x test` runs this. By hand, against `doorward serve --dev`:
//
//	. doorward-data/env.sh && cd tests/clients/go && go test -count=1 -v ./...
//
// Reads DOORWARD_URL; SSL_CERT_FILE has to name the server's ca.pem.
package doorward_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	kiota "github.com/microsoft/kiota-http-go"
)

const (
	tenant      = "11111111-1111-4111-8111-111111111111"
	application = "22222222-2222-4222-8222-222222222222"
	secret      = "doorward-dev-secret"
	scope       = "https://graph.microsoft.com/.default"
	em          = "/identityGovernance/entitlementManagement"
)

var base = strings.TrimRight(env("DOORWARD_URL", "https://localhost:8443"), "/")

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func options() azcore.ClientOptions {
	return azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: base}}
}

// app is the development client, which has every permission.
func app(t *testing.T) azcore.TokenCredential {
	t.Helper()
	credential, err := azidentity.NewClientSecretCredential(tenant, application, secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options(), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// recorder keeps the Content-Encoding of the last request, as it left.
type recorder struct{ encoding string }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.encoding = request.Header.Get("Content-Encoding")
	return http.DefaultTransport.RoundTrip(request)
}

// graph is a caller with the default middleware of the SDK.
type graph struct {
	t          *testing.T
	credential azcore.TokenCredential
	client     *http.Client
	sent       *recorder
}

func connect(t *testing.T, credential azcore.TokenCredential) graph {
	t.Helper()
	sent := &recorder{}
	transport := kiota.NewCustomTransportWithParentTransport(sent, kiota.GetDefaultMiddlewares()...)
	return graph{t, credential, &http.Client{Transport: transport, Timeout: 30 * time.Second}, sent}
}

// call sends a request that has to be answered with this status, and gives the body.
func (g graph) call(method, path string, body any, status int) map[string]any {
	g.t.Helper()
	token, err := g.credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		g.t.Fatal(err)
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			g.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, base+path, content)
	if err != nil {
		g.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := g.client.Do(request)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	if response.StatusCode != status {
		g.t.Fatalf("%s %s: %d instead of %d: %s", method, path, response.StatusCode, status, text)
	}
	answer := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			g.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return answer
}

func id(t *testing.T, answer map[string]any) string {
	t.Helper()
	id, ok := answer["id"].(string)
	if !ok {
		t.Fatalf("no id in %v", answer)
	}
	return id
}

func values(answer map[string]any) []any {
	list, _ := answer["value"].([]any)
	return list
}

func marker() string { return fmt.Sprintf("%x", time.Now().UnixNano()) }

func group(name string) map[string]any {
	return map[string]any{
		"displayName": name, "mailEnabled": false, "mailNickname": "go" + marker(), "securityEnabled": true,
	}
}

func TestMain(m *testing.M) {
	if os.Getenv("SSL_CERT_FILE") == "" {
		fmt.Fprintln(os.Stderr, "SSL_CERT_FILE must name the server's ca.pem")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestApplicationTokenReadsUsersAndGroups(t *testing.T) {
	client := connect(t, app(t))
	for _, path := range []string{"/v1.0/users?$top=1", "/beta/groups?$top=1", "/v1.0" + em + "/catalogs"} {
		if len(values(client.call(http.MethodGet, path, nil, http.StatusOK))) == 0 {
			t.Errorf("%s: nothing is there", path)
		}
	}
}

func TestWrongSecretIsRefused(t *testing.T) {
	credential, err := azidentity.NewClientSecretCredential(tenant, application, "wrong",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options(), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{scope}})
	if err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Fatalf("expected AADSTS7000215, got %v", err)
	}
}

func TestCompressedBodiesAreRead(t *testing.T) {
	client := connect(t, app(t))
	made := id(t, client.call(http.MethodPost, "/v1.0/groups", group("Compressed"), http.StatusCreated))
	if client.sent.encoding != "gzip" {
		t.Fatalf("the middleware sent the body as %q", client.sent.encoding)
	}
	path := "/v1.0/groups/" + made
	client.call(http.MethodPatch, path, map[string]any{"description": "changed"}, http.StatusNoContent)
	if got := client.call(http.MethodGet, path, nil, http.StatusOK)["description"]; got != "changed" {
		t.Errorf("description is %v", got)
	}
	batch := map[string]any{"requests": []any{
		map[string]any{"id": "1", "method": "GET", "url": "/groups/" + made},
		map[string]any{"id": "2", "method": "DELETE", "url": "/groups/" + made, "dependsOn": []string{"1"}},
	}}
	if got := client.call(http.MethodPost, "/v1.0/$batch", batch, http.StatusOK)["responses"]; len(got.([]any)) != 2 {
		t.Errorf("$batch answered %v", got)
	}
	client.call(http.MethodGet, path, nil, http.StatusNotFound)
}

func TestSeparationOfDutiesOnBothSurfaces(t *testing.T) {
	client := connect(t, app(t))
	name := "Go " + marker()
	catalog := id(t, client.call(http.MethodPost, "/v1.0"+em+"/catalogs",
		map[string]any{"displayName": name}, http.StatusCreated))
	packageID := id(t, client.call(http.MethodPost, "/v1.0"+em+"/accessPackages",
		map[string]any{"displayName": name, "catalog": map[string]any{"id": catalog}}, http.StatusCreated))
	path := em + "/accessPackages/" + packageID + "/incompatibleGroups"
	reference := func(id string) map[string]any {
		return map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/groups/" + id}
	}

	first := id(t, client.call(http.MethodPost, "/v1.0/groups", group("First"), http.StatusCreated))
	client.call(http.MethodPost, "/v1.0"+path+"/$ref", reference(first), http.StatusNoContent)

	second := id(t, client.call(http.MethodPost, "/v1.0/groups", group("Second"), http.StatusCreated))
	below := "/beta" + em + "/accessPackageCatalogs/" + catalog + "/accessPackages/" + packageID + "/incompatibleGroups"
	if linked := id(t, client.call(http.MethodPost, below, reference(second), http.StatusCreated)); linked != second {
		t.Errorf("%s was linked instead of %s", linked, second)
	}
	if found := values(client.call(http.MethodGet, "/v1.0"+path, nil, http.StatusOK)); len(found) != 2 {
		t.Errorf("expected two groups, found %v", found)
	}
}
