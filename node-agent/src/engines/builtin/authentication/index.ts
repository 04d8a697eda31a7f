export {
  createAuthentication,
  wantedBy,
  type Authentication,
  type AuthenticateMessage,
  type AuthenticationOptions,
} from './authenticate-message.js'
export { authenticationResults, isForged, mailChecks, resultTexts } from './authentication-results.js'
