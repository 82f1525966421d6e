// The official Node SDK on a running Gatehouse: nothing of it is changed, only its connection URI.

import { randomBytes } from "node:crypto";

/** The newest, or another that package.json names; those before CDI 5.0 have no factors. */
const SDK = process.env.SDK ?? "supertokens-node";
export const hasFactors = SDK !== "supertokens-node-16";

const load = async (path) => (await import(path)).default;
const recipe = (name) => load(`${SDK}/recipe/${name}/index.js`);

const supertokens = await load(SDK);
const AccountLinking = await recipe("accountlinking");
const EmailPassword = await recipe("emailpassword");
const EmailVerification = await recipe("emailverification");
const MultiFactorAuth = hasFactors && (await recipe("multifactorauth"));
const Multitenancy = await recipe("multitenancy");
const Passwordless = await recipe("passwordless");
const Session = await recipe("session");
const ThirdParty = await recipe("thirdparty");
const Totp = hasFactors && (await recipe("totp"));
const UserMetadata = await recipe("usermetadata");
const UserRoles = await recipe("userroles");

supertokens.init({
  supertokens: { connectionURI: process.env.CORE_URL, apiKey: process.env.CORE_API_KEY },
  appInfo: { appName: "Walk", apiDomain: "http://127.0.0.1:3000", websiteDomain: "http://127.0.0.1:3000" },
  recipeList: [
    Session.init({ antiCsrf: "VIA_TOKEN", getTokenTransferMethod: () => "header" }),
    EmailPassword.init(),
    Passwordless.init({ contactMethod: "EMAIL_OR_PHONE", flowType: "USER_INPUT_CODE_AND_MAGIC_LINK" }),
    ThirdParty.init(),
    EmailVerification.init({ mode: "OPTIONAL" }),
    UserRoles.init(),
    UserMetadata.init(),
    ...(hasFactors ? [Totp.init(), MultiFactorAuth.init()] : []),
    Multitenancy.init(),
    AccountLinking.init(),
  ],
});

export const unique = () => randomBytes(6).toString("hex");
export const newEmail = () => `${unique()}@example.com`;
export const PASSWORD = "correct horse 9";

/** Sign up somebody with a password. */
export async function person(email = newEmail(), tenantId = "public") {
  const made = await EmailPassword.signUp(tenantId, email, PASSWORD);
  if (made.status !== "OK") throw new Error(made.status);
  return made;
}

export {
  AccountLinking, EmailPassword, EmailVerification, Multitenancy, Passwordless, Session, ThirdParty, Totp,
  UserMetadata, UserRoles, supertokens,
};
