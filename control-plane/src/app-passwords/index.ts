export { AppPassword, appPasswordSubject } from './app-password.entity.js'
export { AppPasswordResolver } from './app-password.resolver.js'
export { AppPasswords1766000000404 } from './app-passwords.migration.js'
export { noteAppPasswordUse } from './note-use.js'
