// Sessions: made, verified, refreshed, stolen, changed, listed and revoked; and JWTs.

import assert from "node:assert/strict";
import test from "node:test";
import { Session, person } from "./sdk.mjs";

const open = async (made) =>
  Session.createNewSessionWithoutRequestResponse("public", made.recipeUserId, { colour: "blue" }, { cart: [1] });
const tokens = (opened) => opened.getAllSessionTokensDangerously();
const refresh = async (held) =>
  tokens(await Session.refreshSessionWithoutRequestResponse(held.refreshToken, false, held.antiCsrfToken));
const verify = (held, checkDatabase = false) =>
  Session.getSessionWithoutRequestResponse(held.accessToken, held.antiCsrfToken, { checkDatabase });

test("a session is verified with and without the database", async () => {
  const made = await person();
  const held = tokens(await open(made));
  for (const checkDatabase of [false, true]) {
    const seen = await verify(held, checkDatabase);
    assert.equal(seen.getUserId(), made.user.id);
    assert.equal(seen.getAccessTokenPayload().colour, "blue");
  }
});

test("a stolen token is noticed", async () => {
  const first = tokens(await open(await person()));
  const second = await refresh(first);
  assert.notEqual((await refresh(first)).refreshToken, second.refreshToken);
  await verify(second);
  const third = await refresh(second);
  await verify(third);
  await assert.rejects(refresh(first), { type: "TOKEN_THEFT_DETECTED" });
  await assert.rejects(Session.refreshSessionWithoutRequestResponse("nonsense"), { type: "UNAUTHORISED" });
});

test("data of a session changes", async () => {
  const opened = await open(await person());
  const handle = opened.getHandle();
  assert.equal(await Session.updateSessionDataInDatabase(handle, { cart: [] }), true);
  assert.equal(await Session.mergeIntoAccessTokenPayload(handle, { colour: null, size: 3 }), true);
  const stored = await Session.getSessionInformation(handle);
  assert.deepEqual(stored.sessionDataInDatabase, { cart: [] });
  assert.equal(stored.customClaimsInAccessTokenPayload.size, 3);
  await opened.mergeIntoAccessTokenPayload({ colour: "red" });
  assert.equal((await verify(tokens(opened), true)).getAccessTokenPayload().colour, "red");
});

test("sessions are listed and revoked", async () => {
  const made = await person();
  const opened = [await open(made), await open(made), await open(made)];
  const handles = opened.map((one) => one.getHandle());
  assert.deepEqual((await Session.getAllSessionHandlesForUser(made.user.id)).sort(), [...handles].sort());
  assert.equal(await Session.revokeSession(handles[0]), true);
  assert.deepEqual(await Session.revokeMultipleSessions([handles[1]]), [handles[1]]);
  assert.deepEqual(await Session.revokeAllSessionsForUser(made.user.id), [handles[2]]);
  await assert.rejects(verify(tokens(opened[0]), true), { type: "UNAUTHORISED" });
});

test("JWTs are signed with either key", async () => {
  for (const [isStatic, mark] of [[true, "s-"], [false, "d-"]]) {
    const made = await Session.createJWT({ for: "me" }, 60, isStatic);
    assert.equal(made.status, "OK");
    const header = JSON.parse(Buffer.from(made.jwt.split(".")[0], "base64url"));
    assert.ok(header.kid.startsWith(mark));
    assert.ok((await Session.getJWKS()).keys.some((key) => key.kid === header.kid));
  }
});
