// Microsoft's own JavaScript clients, unmodified, against a Doorward that runs with --dev: log in, and
// keep two kinds of access apart, on both surfaces.
//
// `./x test` runs this. By hand, against `doorward serve --dev`:
//   . doorward-data/env.sh && cd tests/clients/js && npm ci && npm test
// Reads DOORWARD_URL; NODE_EXTRA_CA_CERTS has to name the server's ca.pem before node starts.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";

import { ClientSecretCredential, UsernamePasswordCredential } from "@azure/identity";
import graph from "@microsoft/microsoft-graph-client";
import { BASE, TENANT, APPLICATION, SCOPES, EM, login, application, person, connect, refused, ready } from "./kit.mjs";

const { BatchRequestContent, BatchResponseContent, GraphError, PageIterator, ResponseType } = graph;

const SEED_TYPE = "#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group";
const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** What the two surfaces call the same things. */
const surfaces = {
  "v1.0": { catalogs: "catalogs", catalog: "catalog", inCatalog: (id) => ({ catalog: { id } }) },
  beta: { catalogs: "accessPackageCatalogs", catalog: "accessPackageCatalog", inCatalog: (id) => ({ catalogId: id }) },
};

const ids = (page) => page.value.map((item) => item.id).sort();
const raw = (request) => request.responseType(ResponseType.RAW);

before(ready);

for (const [version, names] of Object.entries(surfaces)) {
  describe(`separation of duties, ${version}`, () => {
    const client = connect(application, version);
    const marker = randomUUID().slice(0, 8);
    const catalogs = `${EM}/${names.catalogs}`;
    const packages = `${EM}/accessPackages`;
    const group = (name) =>
      client.api("/groups").post({
        displayName: `${name} ${marker}`,
        mailEnabled: false,
        mailNickname: `${name}-${marker}`,
        securityEnabled: true,
      });
    const reference = (path) => ({ "@odata.id": `https://graph.microsoft.com/${version}${path}` });
    let catalog, enter, release, releasers, auditors;

    before(async () => {
      catalog = await client.api(catalogs).post({
        displayName: `Payments ${marker}`,
        description: "Made by the JavaScript client",
        isExternallyVisible: false,
      });
      const make = (name) =>
        client.api(packages).post({
          displayName: `${name} ${marker}`,
          description: name,
          ...names.inCatalog(catalog.id),
        });
      enter = await make("Enter");
      release = await make("Release");
      releasers = await group("releasers");
      auditors = await group("auditors");
    });

    test("what was made is there", async () => {
      for (const made of [catalog, enter, release, releasers, auditors]) assert.match(made.id, GUID);
      const all = await client.api(catalogs).filter(`displayName eq 'Payments ${marker}'`).get();
      assert.deepEqual(ids(all), [catalog.id]);
      const inside = await client.api(`${catalogs}/${catalog.id}/accessPackages`).select("id,displayName").get();
      assert.deepEqual(ids(inside), [enter.id, release.id].sort());
    });

    test("a group is marked as incompatible by reference, and read back", async () => {
      const path = `${packages}/${enter.id}/incompatibleGroups`;
      const answer = await raw(client.api(`${path}/$ref`)).post(reference(`/groups/${releasers.id}`));
      assert.equal(answer.status, 204);
      assert.equal(await answer.text(), "");

      const listed = await client.api(path).get();
      assert.deepEqual(ids(listed), [releasers.id]);
      assert.equal(listed.value[0].displayName, releasers.displayName);
      assert.equal(Number(await client.api(`${path}/$count`).get()), 1);

      const whole = await client.api(`${packages}/${enter.id}`).expand(`incompatibleGroups,${names.catalog}`).get();
      assert.deepEqual(whole.incompatibleGroups.map((one) => one.id), [releasers.id]);
      assert.equal(whole[names.catalog].id, catalog.id);

      const again = await refused(client.api(`${path}/$ref`).post(reference(`/groups/${releasers.id}`)), 409);
      assert.equal(again.code, "DuplicateKey");
    });

    test("directoryObjects names the same group, and the link can go", async () => {
      const path = `${packages}/${enter.id}/incompatibleGroups`;
      await client.api(`${path}/$ref`).post(reference(`/directoryObjects/${auditors.id}`));
      assert.ok(ids(await client.api(path).get()).includes(auditors.id));

      const answer = await raw(client.api(`${path}/${auditors.id}/$ref`)).delete();
      assert.equal(answer.status, 204);
      assert.ok(!ids(await client.api(path).get()).includes(auditors.id));
      await refused(client.api(`${path}/${auditors.id}/$ref`).delete(), 404);
      assert.equal((await client.api(`/groups/${auditors.id}`).get()).id, auditors.id); // the group stays
    });

    test("packages exclude each other in one direction", async () => {
      const path = `${packages}/${enter.id}/incompatibleAccessPackages`;
      const answer = await raw(client.api(`${path}/$ref`)).post(
        reference(`${EM}/accessPackages/${release.id}`),
      );
      assert.equal(answer.status, 204);
      assert.deepEqual(ids(await client.api(path).get()), [release.id]);
      const reverse = (id) => client.api(`${packages}/${id}/accessPackagesIncompatibleWith`).get();
      assert.deepEqual(ids(await reverse(release.id)), [enter.id]);
      assert.deepEqual(ids(await reverse(enter.id)), []);

      assert.equal((await raw(client.api(`${path}/${release.id}/$ref`)).delete()).status, 204);
      assert.deepEqual(ids(await client.api(path).get()), []);
    });

    test("several requests travel in one", async () => {
      const batch = new BatchRequestContent([
        { id: "catalog", request: new Request(`${BASE}/${version}${catalogs}/${catalog.id}`) },
        { id: "nothing", request: new Request(`${BASE}/${version}${packages}/${randomUUID()}`) },
      ]);
      const answer = await client.api("/$batch").post(await batch.getContent());
      const parts = new BatchResponseContent(answer);
      assert.equal(parts.getResponseById("catalog").status, 200);
      assert.equal((await parts.getResponseById("catalog").json()).id, catalog.id);
      assert.equal(parts.getResponseById("nothing").status, 404);
    });

    test("pages are turned to the last", async () => {
      const seen = [];
      const first = await client.api("/users").top(2).select("id,userPrincipalName").get();
      assert.equal(first.value.length, 2);
      assert.ok(first["@odata.nextLink"].startsWith(`${BASE}/`), first["@odata.nextLink"]);
      const iterator = new PageIterator(client, first, (user) => seen.push(user.userPrincipalName) > 0);
      await iterator.iterate();
      assert.equal(new Set(seen).size, seen.length);
      for (const name of ["admin", "ada", "ben", "cho", "dan", "eve"]) {
        assert.ok(seen.includes(`${name}@doorward.test`), `${name} in ${seen}`);
      }
    });

    test("an unknown id is a GraphError that can be traced", async () => {
      const error = await refused(client.api(`${packages}/${randomUUID()}`).get(), 404);
      assert.equal(error.code, "ResourceNotFound");
      assert.match(error.requestId, GUID);
      assert.ok(error.message.length > 0);
      assert.ok(!Number.isNaN(error.date.getTime()));
    });

    test("a user signs in with a password and acts as that user", async () => {
      const admin = connect(person("admin"), version);
      assert.equal((await admin.api("/me").get()).userPrincipalName, "admin@doorward.test");
      const path = `${packages}/${release.id}/incompatibleGroups`;
      await admin.api(`${path}/$ref`).post(reference(`/groups/${auditors.id}`));
      assert.deepEqual(ids(await client.api(path).get()), [auditors.id]);

      const eve = connect(person("eve"), version);
      await refused(eve.api(catalogs).post({ displayName: `Eve's ${marker}`, description: "" }), 403);
    });
  });
}

describe("an incompatible group through a catalog, beta", () => {
  const client = connect(application, "beta");
  const v1 = connect(application, "v1.0");

  test("a body with nothing but its type makes a group, and every path lists it", async () => {
    const marker = randomUUID().slice(0, 8);
    const catalog = await client.api(`${EM}/accessPackageCatalogs`).post({ displayName: `Seed ${marker}` });
    const made = await client
      .api(`${EM}/accessPackages`)
      .post({ displayName: `Seed ${marker}`, description: "", catalogId: catalog.id });
    const inside = `${EM}/accessPackageCatalogs/${catalog.id}/accessPackages/${made.id}/incompatibleGroups`;
    const direct = `${EM}/accessPackages/${made.id}/incompatibleGroups`;

    const answer = await raw(client.api(inside)).post({ "@odata.type": SEED_TYPE });
    assert.equal(answer.status, 201);
    const group = await answer.json();
    assert.match(group.id, GUID);
    assert.equal(group["@odata.type"], SEED_TYPE);
    assert.ok(answer.headers.get("location")?.includes(group.id));

    assert.deepEqual(ids(await client.api(inside).get()), [group.id]);
    assert.deepEqual(ids(await client.api(direct).get()), [group.id]);
    assert.deepEqual(ids(await v1.api(direct).get()), [group.id]);
    assert.equal((await v1.api(`/groups/${group.id}`).get()).securityEnabled, true);

    const existing = await v1.api("/groups").post({
      displayName: `Existing ${marker}`,
      mailEnabled: false,
      mailNickname: `existing-${marker}`,
      securityEnabled: true,
    });
    const linked = await client.api(inside).post({ "@odata.type": "#microsoft.graph.group", id: existing.id });
    assert.equal(linked.id, existing.id);
    assert.deepEqual(ids(await v1.api(direct).get()), [group.id, existing.id].sort());

    const elsewhere = inside.replace(catalog.id, randomUUID());
    await refused(client.api(elsewhere).post({ "@odata.type": SEED_TYPE }), 404);
  });
});

describe("logging in", () => {
  test("a wrong secret is refused by its number", async () => {
    const credential = new ClientSecretCredential(TENANT, APPLICATION, "wrong", login);
    await assert.rejects(credential.getToken(SCOPES), /AADSTS7000215/);
  });

  test("a wrong password is refused by its number", async () => {
    const credential = new UsernamePasswordCredential(TENANT, APPLICATION, "eve@doorward.test", "wrong", login);
    await assert.rejects(credential.getToken(SCOPES), /AADSTS50126/);
  });

  test("a token that was made up opens nothing", async () => {
    const forged = { getToken: async () => ({ token: "a.b.c", expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const error = await refused(connect(forged, "v1.0").api("/users").get(), 401);
    assert.equal(error.code, "InvalidAuthenticationToken");
  });
});
