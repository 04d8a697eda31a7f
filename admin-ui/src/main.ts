/** Only wires. */
import urql from '@urql/vue'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { createConsoleRouter } from './console/router.ts'
import { client, whenEnrolmentDemanded, whenSessionEnds } from './graphql/client.ts'
import { i18n, preferredLanguage, setLanguage } from './i18n/index.ts'
import './preferences/theme.ts'
import { useSession } from './session/session.store.ts'
import './styles.css'

const app = createApp(App)
app.use(createPinia())
app.use(i18n)
app.use(urql, client)

const session = useSession()
const router = createConsoleRouter(session)
whenSessionEnds(() => {
  if (!session.viewer) return
  session.end()
  void router.push({ name: 'sign-in', query: { next: router.currentRoute.value.fullPath } })
})
whenEnrolmentDemanded(async () => {
  if (!session.viewer || session.viewer.mustEnrol) return
  await session.restart()
  await router.push({ name: 'security', query: { next: router.currentRoute.value.fullPath } })
})
app.use(router)

await setLanguage(preferredLanguage())
app.mount('#app')
