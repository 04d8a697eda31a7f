export const errors = {
  NETWORK: 'The server does not answer. Check the connection and try again.',
  UNAUTHENTICATED: 'Your session has ended. Sign in again.',
  INVALID_CREDENTIALS: 'The e-mail address or the password is wrong.',
  NOT_FOUND: 'It does not exist any more, or you may not see it.',
  FORBIDDEN: 'You may not do this.',
  INVALID_INPUT: 'Check this value: it is not valid.',
  INVALID_REQUEST: 'The server could not understand the request.',
  VERSION_CONFLICT: 'Somebody else changed this in the meantime. Load the newest version, then make your change again.',
  ALREADY_EXISTS: 'This name is already taken.',
  NOT_EMPTY: 'It still contains other things. Delete or move those first.',
  TENANT_KIND: 'A tenant of this kind cannot stand under that parent.',
  LAST_ADMINISTRATOR: 'The last platform administrator, and your own account, must stay.',
  NO_NODE: 'There is no active mail node that could take the domain. Add or resume one first.',
  ADDRESS_LOOP: 'The address would lead back to itself.',
  BUDGET_EXCEEDED: 'The budget of this tenant, or of one above it, does not suffice.',
  RATE_LIMITED: 'Too many tries. Wait a moment and try again.',
  RATE_LIMITED_FOR: 'Too many tries. Try again in {retryAfter} seconds.',
  INVALID_JOIN_TOKEN: 'The join token is not valid.',
  INTERNAL: 'Something went wrong on the server. It has been logged.',
}

/** Rules of input fields that the console checks itself, before the server does. */
export const rules = {
  email: "Enter an e-mail address such as anna{'@'}example.com.",
  addresses: 'Enter full e-mail addresses, one a line. Not valid: {value}',
  localPart: "Letters, digits and . _ - + are allowed; no spaces, no {'@'}.",
  domainName: 'Enter a domain name such as example.com.',
  hostName: 'Enter a full host name such as mx1.example.com.',
  passwordLength: 'At least {min} characters.',
  size: 'Enter a number, for example 5 or 2.5.',
  durations: 'Enter durations such as 1m, 5m, 1h.',
}
