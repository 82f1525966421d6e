// People: found, listed, counted, linked, mapped, removed; their roles, metadata, second factors and tenants.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import {
  AccountLinking, Multitenancy, Session, ThirdParty, Totp, UserMetadata, UserRoles, hasFactors, newEmail, person,
  supertokens, unique,
} from "./sdk.mjs";

test("people are listed page by page", async () => {
  const made = [];
  for (let index = 0; index < 5; index += 1) made.push((await person()).user.id);
  for (const [list, expected] of [
    [supertokens.getUsersNewestFirst, [...made].reverse()],
    [supertokens.getUsersOldestFirst, made],
  ]) {
    const seen = [];
    let paginationToken;
    do {
      const page = await list({ tenantId: "public", limit: 2, paginationToken });
      seen.push(...page.users.map((user) => user.id));
      paginationToken = page.nextPaginationToken;
    } while (paginationToken);
    assert.deepEqual(seen.filter((id) => made.includes(id)), expected);
  }
  assert.ok((await supertokens.getUserCount()) >= 5);
});

test("people are found and removed", async () => {
  const email = newEmail();
  const made = await person(email);
  assert.deepEqual((await supertokens.getUser(made.user.id)).emails, [email]);
  const listed = await supertokens.listUsersByAccountInfo("public", { email });
  assert.deepEqual(listed.map((user) => user.id), [made.user.id]);
  const searched = await supertokens.getUsersNewestFirst({ tenantId: "public", query: { email: email.slice(0, 8) } });
  assert.deepEqual(searched.users.map((user) => user.id), [made.user.id]);
  await supertokens.deleteUser(made.user.id);
  assert.equal(await supertokens.getUser(made.user.id), undefined);
});

test("accounts are linked and unlinked", async () => {
  const email = newEmail();
  const first = await person(email);
  const second = await ThirdParty.manuallyCreateOrUpdateUser("public", "google", email, email, true);
  assert.equal((await AccountLinking.createPrimaryUser(first.recipeUserId)).status, "OK");
  assert.equal(
    (await AccountLinking.createPrimaryUser(second.recipeUserId)).status,
    "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR",
  );
  assert.equal((await AccountLinking.canLinkAccounts(second.recipeUserId, first.user.id)).status, "OK");
  const linked = await AccountLinking.linkAccounts(second.recipeUserId, first.user.id);
  assert.equal(linked.status, "OK");
  assert.equal(linked.user.loginMethods.length, 2);
  assert.deepEqual(await Session.getAllSessionHandlesForUser(first.user.id), []);
  const unlinked = await AccountLinking.unlinkAccount(second.recipeUserId);
  assert.deepEqual([unlinked.wasLinked, unlinked.wasRecipeUserDeleted], [true, false]);
});

test("user ids are mapped", async () => {
  const made = await person();
  const external = `ext-${unique()}`;
  const map = () =>
    supertokens.createUserIdMapping({ superTokensUserId: made.user.id, externalUserId: external });
  assert.equal((await map()).status, "OK");
  assert.equal((await map()).status, "USER_ID_MAPPING_ALREADY_EXISTS_ERROR");
  assert.equal((await supertokens.getUserIdMapping({ userId: external })).superTokensUserId, made.user.id);
  assert.equal((await supertokens.getUser(external)).id, external);
  assert.equal((await supertokens.deleteUserIdMapping({ userId: external })).didMappingExist, true);
});

test("roles and permissions", async () => {
  const role = `editor-${unique()}`;
  const { id } = (await person()).user;
  assert.equal((await UserRoles.addRoleToUser("public", id, role)).status, "UNKNOWN_ROLE_ERROR");
  assert.equal((await UserRoles.createNewRoleOrAddPermissions(role, ["read", "write"])).createdNewRole, true);
  assert.equal((await UserRoles.addRoleToUser("public", id, role)).didUserAlreadyHaveRole, false);
  assert.deepEqual((await UserRoles.getRolesForUser("public", id)).roles, [role]);
  assert.deepEqual((await UserRoles.getPermissionsForRole(role)).permissions.sort(), ["read", "write"]);
  assert.ok((await UserRoles.getRolesThatHavePermission("read")).roles.includes(role));
  assert.equal((await UserRoles.removePermissionsFromRole(role, ["write"])).status, "OK");
  assert.equal((await UserRoles.removeUserRole("public", id, role)).didUserHaveRole, true);
  assert.equal((await UserRoles.deleteRole(role)).didRoleExist, true);
});

test("metadata is merged", async () => {
  const { id } = (await person()).user;
  await UserMetadata.updateUserMetadata(id, { a: { b: 1 }, c: "ünïcode" });
  const merged = await UserMetadata.updateUserMetadata(id, { a: null, d: [1] });
  assert.deepEqual(merged.metadata, { c: "ünïcode", d: [1] });
  await UserMetadata.clearUserMetadata(id);
  assert.deepEqual((await UserMetadata.getUserMetadata(id)).metadata, {});
});

/** RFC 6238 with SHA-1 and six digits, for a secret in Base32. */
function totp(secret, stepsAhead = 0) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  const key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + stepsAhead));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1000000).padStart(6, "0");
}

test("second factor", { skip: !hasFactors }, async () => {
  const { id } = (await person()).user;
  const device = await Totp.createDevice(id, undefined, "phone", 1, 30);
  assert.equal(device.status, "OK");
  const code = totp(device.secret); // the same again, even when the next half minute has begun
  assert.equal((await Totp.verifyDevice("public", id, "phone", code)).status, "OK");
  const replayed = await Totp.verifyTOTP("public", id, code);
  assert.equal(replayed.status, "INVALID_TOTP_ERROR");
  assert.equal(replayed.currentNumberOfFailedAttempts, 1);
  assert.equal((await Totp.verifyTOTP("public", id, totp(device.secret, 1))).status, "OK");
  assert.equal((await Totp.updateDevice(id, "phone", "tablet")).status, "OK");
  assert.deepEqual((await Totp.listDevices(id)).devices.map((one) => one.name), ["tablet"]);
  assert.equal((await Totp.removeDevice(id, "tablet")).didDeviceExist, true);
});

test("tenants", async () => {
  const tenantId = `t${unique()}`;
  const wanted = hasFactors
    ? { firstFactors: ["emailpassword", "thirdparty"] }
    : { emailPasswordEnabled: true, passwordlessEnabled: false, thirdPartyEnabled: true };
  const made = await Multitenancy.createOrUpdateTenant(tenantId, wanted);
  assert.equal(made.createdNew, true);
  await Multitenancy.createOrUpdateThirdPartyConfig(tenantId, {
    thirdPartyId: "google", clients: [{ clientId: "id", clientSecret: "secret" }],
  });
  const tenant = await Multitenancy.getTenant(tenantId);
  if (hasFactors) assert.deepEqual(tenant.firstFactors, wanted.firstFactors);
  else assert.deepEqual([tenant.emailPassword.enabled, tenant.passwordless.enabled], [true, false]);
  assert.equal(tenant.thirdParty.providers[0].thirdPartyId, "google");
  assert.ok((await Multitenancy.listAllTenants()).tenants.some((one) => one.tenantId === tenantId));
  const somebody = await person();
  assert.equal((await Multitenancy.associateUserToTenant(tenantId, somebody.recipeUserId)).status, "OK");
  assert.deepEqual((await person(newEmail(), tenantId)).user.tenantIds, [tenantId]);
  assert.equal((await Multitenancy.disassociateUserFromTenant(tenantId, somebody.recipeUserId)).wasAssociated, true);
  assert.equal((await Multitenancy.deleteThirdPartyConfig(tenantId, "google")).didConfigExist, true);
  assert.equal((await Multitenancy.deleteTenant(tenantId)).didExist, true);
});
