// Every recipe with its prebuilt pages, as their own pages show to set them up; no router.
import { useState } from "react";
import { createRoot } from "react-dom/client";
import SuperTokens, { SuperTokensWrapper } from "supertokens-auth-react";
import EmailPassword from "supertokens-auth-react/recipe/emailpassword";
import { EmailPasswordPreBuiltUI } from "supertokens-auth-react/recipe/emailpassword/prebuiltui";
import EmailVerification from "supertokens-auth-react/recipe/emailverification";
import { EmailVerificationPreBuiltUI } from "supertokens-auth-react/recipe/emailverification/prebuiltui";
import MultiFactorAuth from "supertokens-auth-react/recipe/multifactorauth";
import { MultiFactorAuthPreBuiltUI } from "supertokens-auth-react/recipe/multifactorauth/prebuiltui";
import Multitenancy from "supertokens-auth-react/recipe/multitenancy";
import Passwordless from "supertokens-auth-react/recipe/passwordless";
import { PasswordlessPreBuiltUI } from "supertokens-auth-react/recipe/passwordless/prebuiltui";
import Session, { SessionAuth, signOut, useSessionContext } from "supertokens-auth-react/recipe/session";
import ThirdParty from "supertokens-auth-react/recipe/thirdparty";
import { ThirdPartyPreBuiltUI } from "supertokens-auth-react/recipe/thirdparty/prebuiltui";
import TOTP from "supertokens-auth-react/recipe/totp";
import { TOTPPreBuiltUI } from "supertokens-auth-react/recipe/totp/prebuiltui";
import { canHandleRoute, getRoutingComponent } from "supertokens-auth-react/ui";

const API = "http://127.0.0.1:3000";
const PAGES = [
  EmailPasswordPreBuiltUI,
  EmailVerificationPreBuiltUI,
  MultiFactorAuthPreBuiltUI,
  PasswordlessPreBuiltUI,
  ThirdPartyPreBuiltUI,
  TOTPPreBuiltUI,
];

SuperTokens.init({
  appInfo: { appName: "Gatehouse", apiDomain: API, websiteDomain: location.origin },
  usesDynamicLoginMethods: true,
  recipeList: [
    EmailPassword.init(),
    EmailVerification.init({ mode: "REQUIRED" }),
    MultiFactorAuth.init(),
    Multitenancy.init({
      override: {
        functions: (original) => ({
          ...original,
          getTenantId: () => new URLSearchParams(location.search).get("tenantId") ?? undefined,
        }),
      },
    }),
    Passwordless.init({ contactMethod: "EMAIL_OR_PHONE" }),
    Session.init(),
    ThirdParty.init(),
    TOTP.init(),
  ],
});

function Home() {
  const session = useSessionContext();
  const [answer, setAnswer] = useState("");
  const ask = async () => {
    const response = await fetch(`${API}/auth/user/email/verify`);
    setAnswer(`${response.status} ${await response.text()}`);
  };
  return (
    <main>
      <h1>Signed in</h1>
      <pre id="claims">{JSON.stringify(session.accessTokenPayload, null, 1)}</pre>
      <button onClick={ask}>Ask the API</button>
      <output>{answer}</output>
      <button onClick={() => signOut().then(() => location.reload())}>Sign out</button>
    </main>
  );
}

createRoot(document.getElementById("root")).render(
  <SuperTokensWrapper>
    {canHandleRoute(PAGES) ? (
      getRoutingComponent(PAGES)
    ) : (
      <SessionAuth>
        <Home />
      </SessionAuth>
    )}
  </SuperTokensWrapper>,
);
