// The life of access as Microsoft's JavaScript client lives it: an administrator sets up, one person
// asks, another decides, and the access is there, and gone again. On v1.0, with tokens of real people.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";

import { EM, application, connect, person, ready, refused } from "./kit.mjs";

before(ready);

describe("the life of access, v1.0", () => {
  const admin = connect(application, "v1.0");
  const eve = connect(person("eve"), "v1.0");
  const ada = connect(person("ada"), "v1.0");
  const marker = randomUUID().slice(0, 8);
  let catalog, clerks, enter, release, policy, direct, request;

  /** The request, once nothing goes on about it by itself. */
  async function settled(id) {
    for (let tries = 0; tries < 200; tries++) {
      const seen = await admin.api(`${EM}/assignmentRequests/${id}`).expand("assignment").get();
      if (!["submitted", "delivering"].includes(seen.state)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail("the request has not settled");
  }

  const members = async (group) => (await admin.api(`/groups/${group.id}/members`).get()).value.map((one) => one.id);

  before(async () => {
    clerks = await admin.api("/groups").post({
      displayName: `Clerks ${marker}`,
      mailEnabled: false,
      mailNickname: `clerks-${marker}`,
      securityEnabled: true,
    });
    catalog = await admin.api(`${EM}/catalogs`).post({ displayName: `Life ${marker}`, description: "Life" });
    const make = (name) =>
      admin.api(`${EM}/accessPackages`).post({ displayName: `${name} ${marker}`, catalog: { id: catalog.id } });
    enter = await make("Enter");
    release = await make("Release");
  });

  test("a group becomes a resource, and its membership a part of the package", async () => {
    await admin.api(`${EM}/resourceRequests`).post({
      requestType: "adminAdd",
      resource: { originId: clerks.id, originSystem: "AadGroup" },
      catalog: { id: catalog.id },
    });
    const found = await admin.api(`${EM}/catalogs/${catalog.id}/resources`).filter(`originId eq '${clerks.id}'`).get();
    assert.equal(found.value.length, 1);
    const brought = await admin.api(`${EM}/accessPackages/${enter.id}/resourceRoleScopes`).post({
      role: {
        displayName: "Member",
        originId: `Member_${clerks.id}`,
        originSystem: "AadGroup",
        resource: { id: found.value[0].id, originId: clerks.id, originSystem: "AadGroup" },
      },
      scope: { originId: clerks.id, originSystem: "AadGroup" },
    });
    const whole = await admin
      .api(`${EM}/accessPackages/${enter.id}`)
      .expand("resourceRoleScopes($expand=role,scope)")
      .get();
    assert.equal(whole.resourceRoleScopes[0].id, brought.id);
    assert.equal(whole.resourceRoleScopes[0].role.originId, `Member_${clerks.id}`);
  });

  test("a policy says who may ask and who decides", async () => {
    const decides = await admin.api("/users/ada@doorward.test").get();
    policy = await admin.api(`${EM}/assignmentPolicies`).post({
      displayName: `Members ${marker}`,
      allowedTargetScope: "allMemberUsers",
      accessPackage: { id: enter.id },
      expiration: { type: "afterDuration", duration: "P30D" },
      requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true },
      requestApprovalSettings: {
        isApprovalRequiredForAdd: true,
        stages: [
          {
            durationBeforeAutomaticDenial: "P14D",
            primaryApprovers: [{ "@odata.type": "#microsoft.graph.singleUser", userId: decides.id }],
          },
        ],
      },
    });
    direct = await admin.api(`${EM}/assignmentPolicies`).post({
      displayName: `Direct ${marker}`,
      allowedTargetScope: "notSpecified",
      accessPackage: { id: release.id },
    });
    assert.equal(policy.requestApprovalSettings.stages.length, 1);
  });

  test("one asks, another decides, and the access is there", async () => {
    request = await eve.api(`${EM}/assignmentRequests`).post({
      requestType: "userAdd",
      assignment: { accessPackageId: enter.id },
    });
    assert.equal(request.state, "submitted");
    assert.equal((await settled(request.id)).state, "pendingApproval");
    const approval = `${EM}/accessPackageAssignmentApprovals/${request.id}`;
    const stages = await ada.api(`${approval}/stages`).get();
    assert.equal(stages.value[0].assignedToMe, true);
    await refused(eve.api(`${approval}/stages/${stages.value[0].id}`).patch({ reviewResult: "Approve" }), 404);
    await ada.api(`${approval}/stages/${stages.value[0].id}`).patch({ reviewResult: "Approve", justification: "Yes" });
    const done = await settled(request.id);
    assert.equal(done.state, "delivered");
    assert.equal(done.assignment.state, "delivered");
    assert.equal((await members(clerks)).length, 1);
  });

  test("the other key is refused, with what stands against it", async () => {
    await admin.api(`${EM}/accessPackages/${release.id}/incompatibleAccessPackages/$ref`).post({
      "@odata.id": `https://graph.microsoft.com/v1.0${EM}/accessPackages/${enter.id}`,
    });
    const who = await admin.api("/users/eve@doorward.test").get();
    const error = await refused(
      admin.api(`${EM}/assignmentRequests`).post({
        requestType: "adminAdd",
        assignment: { targetId: who.id, assignmentPolicyId: direct.id, accessPackageId: release.id },
      }),
      400,
    );
    assert.equal(error.code, "IncompatibleAssignmentExists");
  });

  test("it is given back, and gone", async () => {
    const held = await settled(request.id);
    const back = await eve.api(`${EM}/assignmentRequests`).post({
      requestType: "userRemove",
      assignment: { id: held.assignment.id },
    });
    assert.equal((await settled(back.id)).state, "delivered");
    assert.deepEqual(await members(clerks), []);
    const over = await admin.api(`${EM}/assignments/${held.assignment.id}`).get();
    assert.equal(over.state, "expired");
  });
});
