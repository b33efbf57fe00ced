// Microsoft's own login library for Java, unmodified, against a Doorward that runs with --dev; requests
// go by OkHttp, which the Graph SDK for Java uses.
//
// `./x test` runs this. By hand, against `doorward serve --dev`:
//   . doorward-data/env.sh && cd tests/clients/java && mvn test
// Reads DOORWARD_URL; SSL_CERT_FILE has to name the server's ca.pem.
package doorward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.MsalServiceException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DoorwardTest {
  private static final String TENANT = "11111111-1111-4111-8111-111111111111";
  private static final String APPLICATION = "22222222-2222-4222-8222-222222222222";
  private static final String SECRET = "doorward-dev-secret";
  private static final Set<String> SCOPES = Set.of("https://graph.microsoft.com/.default");
  private static final String EM = "/identityGovernance/entitlementManagement";
  private static final MediaType JSON = MediaType.get("application/json");
  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*\"([^\"]+)\"");

  private static String base;
  private static SSLContext tls;
  private static OkHttpClient http;

  /** Trusts the server's own certificate authority, and no other. */
  @BeforeAll
  static void trust() throws Exception {
    String url = System.getenv("DOORWARD_URL");
    base = (url == null ? "https://localhost:8443" : url).replaceAll("/$", "");
    String file = System.getenv("SSL_CERT_FILE");
    assertNotNull(file, "SSL_CERT_FILE must name the server's ca.pem");
    KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
    authorities.load(null, null);
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      authorities.setCertificateEntry("doorward", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    TrustManager[] managers = factory.getTrustManagers();
    tls = SSLContext.getInstance("TLS");
    tls.init(null, managers, null);
    X509TrustManager manager = assertInstanceOf(X509TrustManager.class, managers[0]);
    http = new OkHttpClient.Builder().sslSocketFactory(tls.getSocketFactory(), manager).build();
  }

  private static IAuthenticationResult login(String secret) throws Exception {
    ConfidentialClientApplication client =
        ConfidentialClientApplication.builder(APPLICATION, ClientCredentialFactory.createFromSecret(secret))
            .authority(base + "/" + TENANT)
            .instanceDiscovery(false)
            .sslSocketFactory(tls.getSocketFactory())
            .build();
    return client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get();
  }

  /** Sends a request that has to be answered with this status; gives the body. */
  private static String call(String method, String path, String body, int status) throws Exception {
    RequestBody content = body == null ? null : RequestBody.create(body, JSON);
    Request request =
        new Request.Builder()
            .url(base + path)
            .header("Authorization", "Bearer " + login(SECRET).accessToken())
            .method(method, content)
            .build();
    try (Response response = http.newCall(request).execute()) {
      String text = response.body().string();
      assertEquals(status, response.code(), method + " " + path + ": " + text);
      return text;
    }
  }

  private static String id(String answer) {
    Matcher found = ID.matcher(answer);
    assertTrue(found.find(), answer);
    return found.group(1);
  }

  private static String group(String name) throws Exception {
    String nickname = "java" + UUID.randomUUID().toString().replace("-", "");
    String body =
        """
        {"displayName": "%s", "mailEnabled": false, "mailNickname": "%s", "securityEnabled": true}
        """;
    return id(call("POST", "/v1.0/groups", body.formatted(name, nickname), 201));
  }

  @Test
  void applicationTokenReadsGroups() throws Exception {
    IAuthenticationResult result = login(SECRET);

    assertNotNull(result.accessToken());
    assertNull(result.idToken());
    assertTrue(call("GET", "/v1.0/groups?$top=1", null, 200).contains("\"value\""));
  }

  @Test
  void wrongSecretIsRefused() {
    ExecutionException refused = assertThrows(ExecutionException.class, () -> login("wrong"));

    MsalServiceException cause = assertInstanceOf(MsalServiceException.class, refused.getCause());
    assertEquals("invalid_client", cause.errorCode());
    assertTrue(cause.getMessage().contains("AADSTS7000215"), cause.getMessage());
  }

  @Test
  void separationOfDutiesOnBothSurfaces() throws Exception {
    String name = "Java " + UUID.randomUUID();
    String catalog = id(call("POST", "/v1.0" + EM + "/catalogs", "{\"displayName\": \"" + name + "\"}", 201));
    String body = "{\"displayName\": \"%s\", \"catalog\": {\"id\": \"%s\"}}".formatted(name, catalog);
    String made = id(call("POST", "/v1.0" + EM + "/accessPackages", body, 201));
    String reference = "{\"@odata.id\": \"https://graph.microsoft.com/v1.0/groups/%s\"}";
    String first = group("First");
    String second = group("Second");
    String path = EM + "/accessPackages/" + made + "/incompatibleGroups";

    call("POST", "/v1.0" + path + "/$ref", reference.formatted(first), 204);
    String below = "/beta" + EM + "/accessPackageCatalogs/" + catalog + "/accessPackages/" + made;
    String linked = id(call("POST", below + "/incompatibleGroups", reference.formatted(second), 201));

    assertEquals(second, linked);
    String found = call("GET", "/v1.0" + path, null, 200);
    assertTrue(found.contains(first) && found.contains(second), found);
  }
}
