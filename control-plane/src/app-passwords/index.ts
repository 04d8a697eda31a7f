export { AppPasswords1766000000404 } from './app-passwords.migration.js'
