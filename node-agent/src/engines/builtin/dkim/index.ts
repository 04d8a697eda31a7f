export { signerFor, type MessageSigner } from './message-signer.js'
