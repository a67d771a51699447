import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation";
const specification = "https://modelcontextprotocol.io/specification/2025-11-25";

export const elicitation: readonly Requirement[] = [
  {
    id: "2025-11-25/elicitation/form-not-for-secrets",
    level: "MUST",
    text: "Form mode is not used to ask for passwords, keys, tokens or payment credentials.",
    place: `${page}#user-interaction-model`,
    bindsAuthor: true,
    reason: "Whether a question asks for a secret is in the words and the purpose that its author gives it.",
  },
  {
    id: "2025-11-25/elicitation/url-for-secrets",
    level: "MUST",
    text: "Interactions that involve such secrets use URL mode.",
    place: `${page}#user-interaction-model`,
    bindsAuthor: true,
    reason:
      "Only the author knows that an interaction involves a secret; the runtime offers URL mode for it.",
  },
  {
    id: "2025-11-25/elicitation/supported-modes-only",
    level: "MUST",
    text: "No elicitation is sent in a mode that the client does not support.",
    place: `${page}#capabilities`,
    check:
      "Client with elicitation {} or {form: {}}: a URL ask is not sent; with {url: {}} a form ask is not sent; the handler or the client gets an error that names the mode.",
  },
  {
    id: "2025-11-25/elicitation/has-message",
    level: "MUST",
    text: "Every elicitation has a message.",
    place: `${page}#elicitation-requests`,
    check:
      'ctx.elicit without a message or with "" → an error where it is called, and nothing is sent; the sent params have message.',
  },
  {
    id: "2025-11-25/elicitation/form-request",
    level: "MUST",
    text: 'A form request has mode "form" or none, and a `requestedSchema`.',
    place: `${page}#form-mode-elicitation-requests`,
    check:
      'A form ask as it reaches the client → mode "form" or absent, and requestedSchema with type "object" and properties.',
  },
  {
    id: "2025-11-25/elicitation/form-schema-flat",
    level: "MUST",
    implied: true,
    text: "A requested schema is a flat object of the allowed primitive and enum properties.",
    place: `${page}#requested-schema`,
    check:
      "Schemas with a nested object, an array of objects, a union and a format that is not allowed → an error where it is called that names the property; every allowed form is sent as in the specification.",
  },
  {
    id: "2025-11-25/elicitation/url-request",
    level: "MUST",
    text: 'A URL request has mode "url", a message, a `url` and an `elicitationId`.',
    place: `${page}#url-mode-elicitation-requests`,
    check: "A URL ask as it reaches the client → mode, message, url and elicitationId.",
  },
  {
    id: "2025-11-25/elicitation/url-valid",
    level: "MUST",
    text: "The `url` is a valid URL.",
    place: `${page}#url-mode-elicitation-requests`,
    check:
      'ctx.elicit with url "", "not a url" and "/path" → an error where it is called, and nothing is sent.',
  },
  {
    id: "2025-11-25/elicitation/id-unique",
    level: "MUST",
    implied: true,
    text: "An `elicitationId` is unique within the server.",
    place: `${specification}/schema#elicitrequesturlparams`,
    check: "1,000 URL asks from two machines → 1,000 different ids.",
  },
  {
    id: "2025-11-25/elicitation/complete-to-asker-only",
    level: "MUST",
    text: "A completion notification goes only to the client whose request the elicitation was for.",
    place: `${page}#completion-notifications-for-url-mode-elicitation`,
    check:
      "A URL elicitation of one of two sessions is accepted; a handler tries to send notifications/elicitation/complete → it is refused: the runtime sends none, so none to a wrong client.",
  },
  {
    id: "2025-11-25/elicitation/complete-has-id",
    level: "MUST",
    text: "A completion notification has the `elicitationId` of the elicitation.",
    place: `${page}#completion-notifications-for-url-mode-elicitation`,
    check: "The same: no completion notification is sent, so none without an id.",
  },
  {
    id: "2025-11-25/elicitation/required-error-only-for-url",
    level: "MUST",
    text: "-32042 is returned only when URL mode elicitation is required.",
    place: `${page}#url-elicitation-required-error`,
    check:
      "A handler that throws code -32042, with any data, and an onError that maps to it → -32603: the runtime asks for the URL in the call instead.",
  },
  {
    id: "2025-11-25/elicitation/required-error-lists",
    level: "MUST",
    text: "-32042 lists the elicitations that must complete first.",
    place: `${page}#url-elicitation-required-error`,
    check: "The same, with no data and with an empty list → -32603.",
  },
  {
    id: "2025-11-25/elicitation/required-error-url-mode",
    level: "MUST",
    text: "The elicitations of -32042 are URL mode and have an `elicitationId`.",
    place: `${page}#url-elicitation-required-error`,
    check: "The same, with an elicitation in form mode → -32603.",
  },
  {
    id: "2025-11-25/elicitation/required-error-code",
    level: "MUST",
    text: "A request that cannot be processed until an elicitation is completed is answered with -32042.",
    place: `${page}#error-handling`,
    check:
      "A tool that needs a URL elicitation before anything else → it is asked in the call, which then goes on, so that no request is left that cannot be processed; for a client without URL mode → an error that says what is missing.",
  },
  {
    id: "2025-11-25/elicitation/state-belongs-to-user",
    level: "MUST",
    text: "State about an elicitation is securely associated with its user.",
    place: `${page}#statefulness`,
    check:
      "Journals and pending asks in the store are keyed by tenant and principal; another principal's answer finds nothing.",
  },
  {
    id: "2025-11-25/elicitation/state-not-by-session-alone",
    level: "MUST",
    text: "State is not associated with session ids alone.",
    place: `${page}#statefulness`,
    check: "The right session id with another principal → its asks and journals do not exist.",
  },
  {
    id: "2025-11-25/elicitation/state-protected",
    level: "MUST",
    text: "State storage is protected against unauthorized access.",
    place: `${page}#statefulness`,
    check:
      "Journals are readable through no method of the protocol; with a key configured the stored bytes do not show the answers.",
  },
  {
    id: "2025-11-25/elicitation/user-from-authorization",
    level: "MUST",
    text: "On remote servers the user is taken from the authorization's credentials where possible.",
    place: `${page}#statefulness`,
    check:
      "With an authenticator the key of the state is the principal's subject, whatever clientInfo, _meta and arguments say.",
  },
  {
    id: "2025-11-25/elicitation/not-for-own-authorization",
    level: "MUST",
    text: "URL mode is not used to authorize users for the server itself.",
    place: `${page}#url-mode-elicitation-for-oauth-flows`,
    check:
      "After an accepted URL elicitation the principal of the call and of later requests is unchanged; nothing an elicitation returns can set it.",
  },
  {
    id: "2025-11-25/elicitation/no-third-party-credentials",
    level: "MUST",
    text: "Third-party credentials do not pass through the client.",
    place: `${page}#understanding-the-distinction`,
    bindsAuthor: true,
    reason: "The credentials are obtained by the author's own web page and never handed to the runtime.",
  },
  {
    id: "2025-11-25/elicitation/no-token-passthrough",
    level: "MUST",
    text: "The client's credentials are not used for a third-party service.",
    place: `${page}#understanding-the-distinction`,
    check:
      "The handler's context has the principal and not the bearer token; a mounted or upstream server receives no Authorization of the client.",
  },
  {
    id: "2025-11-25/elicitation/user-authorizes-server",
    level: "MUST",
    text: "The user authorizes the server directly, outside of the protocol.",
    place: `${page}#understanding-the-distinction`,
    bindsAuthor: true,
    reason: "The authorization flow is the author's web page, which the runtime does not serve.",
  },
  {
    id: "2025-11-25/elicitation/credentials-not-transmitted",
    level: "MUST",
    text: "Credentials obtained through URL mode are not sent to the client.",
    place: `${page}#understanding-the-distinction`,
    bindsAuthor: true,
    reason: "The author's page obtains and keeps them; the runtime has no part in which they are known.",
  },
  {
    id: "2025-11-25/elicitation/bound-to-client-and-user",
    level: "MUST",
    text: "An elicitation is bound to the client and the user.",
    place: `${page}#security-considerations`,
    check:
      "An answer from another session or principal, and a state from another principal → refused; the waiting call is not woken.",
  },
  {
    id: "2025-11-25/elicitation/url-without-user-data",
    level: "MUST",
    text: "The URL holds no sensitive information about the user.",
    place: `${page}#safe-url-handling`,
    bindsAuthor: true,
    reason: "What a part of the author's URL means cannot be told from its text.",
  },
  {
    id: "2025-11-25/elicitation/url-not-preauthenticated",
    level: "MUST",
    text: "The URL is not pre-authenticated for a protected resource.",
    place: `${page}#safe-url-handling`,
    bindsAuthor: true,
    reason: "What the author's URL gives access to is known to the author's web server only.",
  },
  {
    id: "2025-11-25/elicitation/no-links-in-forms",
    level: "SHOULD",
    text: "No field of a form request has a URL meant to be clicked.",
    place: `${page}#safe-url-handling`,
    check:
      "A form ask whose message, title or description has an http(s) URL → a warning in the log that names the field, or an error, as documented.",
  },
  {
    id: "2025-11-25/elicitation/url-https",
    level: "SHOULD",
    text: "The URL is HTTPS outside of development.",
    place: `${page}#safe-url-handling`,
    check:
      "A URL ask with http://example.com → an error where it is called, or a warning, as documented; http://localhost → accepted; javascript: and file: → an error.",
  },
  {
    id: "2025-11-25/elicitation/user-verified",
    level: "MUST",
    text: "What the client says about the user is not relied upon without verification.",
    place: `${page}#identifying-the-user`,
    check:
      "clientInfo, _meta, arguments and elicited answers that claim another user → ctx.principal is that of the authenticator.",
  },
  {
    id: "2025-11-25/elicitation/no-secrets-in-forms",
    level: "MUST",
    text: "No sensitive information is requested through form mode.",
    place: `${page}#form-mode-security`,
    bindsAuthor: true,
    reason: "Whether a question asks for a secret is in the words and the purpose that its author gives it.",
  },
  {
    id: "2025-11-25/elicitation/answers-validated",
    level: "SHOULD",
    text: "The data received is validated against the requested schema.",
    place: `${page}#form-mode-security`,
    check:
      "Accepted content with a wrong type, a missing field, a value out of range, an enum value that is not listed and an unknown field → the handler does not see it; the question is asked again or fails, as documented.",
  },
  {
    id: "2025-11-25/elicitation/opener-verified",
    level: "MUST",
    text: "The identity of whoever opens the URL is verified before information is accepted.",
    place: `${page}#phishing`,
    bindsAuthor: true,
    reason: "The URL is opened at the author's web server, which alone sees the browser.",
  },
  {
    id: "2025-11-25/elicitation/same-user-completes",
    level: "MUST",
    text: "The user who completes the flow is the one who started it.",
    place: `${page}#phishing`,
    bindsAuthor: true,
    reason:
      "The comparison is made at the author's web server; the runtime gives the handler the principal to compare with.",
  },
  {
    id: "2025-11-25/elicitation/identity-resists-changed-url",
    level: "MUST",
    text: "The way of telling the user's identity resists changes to the URL.",
    place: `${page}#phishing`,
    bindsAuthor: true,
    reason: "The URL and what is read from it belong to the author's web server.",
  },
];
