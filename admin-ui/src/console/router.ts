/** The console's pages. Each is a chunk of its own; what may be visited at all is asked of the viewer's ability. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { i18n } from '../i18n/index.ts'
import { productName } from '../product-name.ts'
import type { useSession } from '../session/session.store.ts'
import ConsoleLayout from './layout/ConsoleLayout.vue'
import { safeNext } from './sign-in/safe-next.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the document's title. */
    title?: string
    public?: boolean
  }
}

const pages: RouteRecordRaw[] = [
  {
    path: '',
    name: 'overview',
    meta: { title: 'overview.title' },
    component: () => import('./overview/OverviewPage.vue'),
  },
  {
    path: 'tenants/:id?',
    name: 'tenants',
    meta: { title: 'tenants.title' },
    component: () => import('./tenants/TenantsPage.vue'),
  },
  {
    path: 'domains',
    name: 'domains',
    meta: { title: 'domains.title' },
    component: () => import('./domains/DomainsPage.vue'),
  },
  {
    path: 'domains/:id/:tab(dns|mailboxes|aliases|groups|keys|settings)?',
    name: 'domain',
    meta: { title: 'domains.one' },
    component: () => import('./domains/DomainPage.vue'),
  },
  {
    path: 'mailboxes',
    name: 'mailboxes',
    meta: { title: 'mailboxes.title' },
    component: () => import('./mailboxes/MailboxesPage.vue'),
  },
  {
    path: 'mailboxes/:id',
    name: 'mailbox',
    meta: { title: 'mailboxes.one' },
    component: () => import('./mailboxes/MailboxPage.vue'),
  },
  {
    path: 'aliases',
    name: 'aliases',
    meta: { title: 'aliases.title' },
    component: () => import('./aliases/AliasesPage.vue'),
  },
  {
    path: 'groups',
    name: 'groups',
    meta: { title: 'groups.title' },
    component: () => import('./groups/GroupsPage.vue'),
  },
  {
    path: 'administrators',
    name: 'administrators',
    meta: { title: 'administrators.title' },
    component: () => import('./administrators/AdministratorsPage.vue'),
  },
  {
    path: 'policies/:id?',
    name: 'policies',
    meta: { title: 'policies.title' },
    component: () => import('./policies/PoliciesPage.vue'),
  },
  { path: 'nodes', name: 'nodes', meta: { title: 'nodes.title' }, component: () => import('./nodes/NodesPage.vue') },
  {
    path: 'revisions',
    name: 'history',
    meta: { title: 'history.title' },
    component: () => import('./history/HistoryPage.vue'),
  },
  {
    path: 'rollouts',
    name: 'rollouts',
    meta: { title: 'rollouts.title' },
    component: () => import('./rollouts/RolloutsPage.vue'),
  },
  {
    path: 'rollouts/:id',
    name: 'rollout',
    meta: { title: 'rollouts.one' },
    component: () => import('./rollouts/RolloutPage.vue'),
  },
  { path: 'nodes/:id', name: 'node', meta: { title: 'nodes.one' }, component: () => import('./nodes/NodePage.vue') },
  {
    path: 'log',
    name: 'log',
    meta: { title: 'log.title' },
    component: () => import('./message-log/MessageLogPage.vue'),
  },
  {
    path: 'webhooks',
    name: 'webhooks',
    meta: { title: 'webhooks.title' },
    component: () => import('./webhooks/WebhooksPage.vue'),
  },
  {
    path: 'webhooks/:id',
    name: 'webhook',
    meta: { title: 'webhooks.one' },
    component: () => import('./webhooks/WebhookPage.vue'),
  },
  {
    path: 'queue/:tab(destinations|holds)?',
    name: 'queue',
    meta: { title: 'queue.title' },
    component: () => import('./queue/QueuePage.vue'),
  },
  { path: 'jobs', name: 'jobs', meta: { title: 'jobs.title' }, component: () => import('./jobs/JobsPage.vue') },
  { path: 'jobs/:id', name: 'job', meta: { title: 'jobs.one' }, component: () => import('./jobs/JobPage.vue') },
  {
    path: 'import',
    name: 'import',
    meta: { title: 'imports.title' },
    component: () => import('./imports/ImportPage.vue'),
  },
  { path: 'bans', name: 'bans', meta: { title: 'bans.title' }, component: () => import('./bans/BansPage.vue') },
  {
    path: 'sign-in-sources',
    name: 'sources',
    meta: { title: 'sources.title' },
    component: () => import('./identity-sources/SourcesPage.vue'),
  },
  {
    path: 'sign-in-sources/:id',
    name: 'source',
    meta: { title: 'sources.one' },
    component: () => import('./identity-sources/SourcePage.vue'),
  },
  {
    path: 'grants',
    name: 'grants',
    meta: { title: 'grants.title' },
    component: () => import('./grants/GrantsPage.vue'),
  },
  {
    path: 'permissions',
    name: 'permissions',
    meta: { title: 'permissions.title' },
    component: () => import('./permissions/PermissionsPage.vue'),
  },
  { path: 'roles', name: 'roles', meta: { title: 'roles.title' }, component: () => import('./roles/RolesPage.vue') },
  { path: 'roles/:id', name: 'role', meta: { title: 'roles.one' }, component: () => import('./roles/RolePage.vue') },
  {
    path: 'audit',
    name: 'audit',
    meta: { title: 'audit.title' },
    component: () => import('./audit/AuditPage.vue'),
  },
  {
    path: 'account',
    name: 'account',
    meta: { title: 'account.title' },
    component: () => import('./account/AccountPage.vue'),
  },
  {
    path: 'security',
    name: 'security',
    meta: { title: 'security.title' },
    component: () => import('./security/SecurityPage.vue'),
  },
  {
    path: ':rest(.*)*',
    name: 'unknown',
    meta: { title: 'common.notFound' },
    component: () => import('./layout/UnknownPage.vue'),
  },
]

export function createConsoleRouter(session: ReturnType<typeof useSession>) {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: '/sign-in',
        name: 'sign-in',
        meta: { title: 'signIn.title', public: true },
        component: () => import('./sign-in/SignInPage.vue'),
      },
      {
        path: '/sign-in/organisation/:source',
        name: 'organisation-return',
        meta: { title: 'signIn.title', public: true },
        component: () => import('./sign-in/OrganisationReturnPage.vue'),
      },
      { path: '/', component: ConsoleLayout, children: pages },
    ],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
  })

  router.beforeEach(async (to) => {
    if (!session.asked) await session.load()
    if (to.meta.public) return session.viewer ? safeNext(to.query.next) : true
    const query = to.fullPath === '/' ? {} : { next: to.fullPath }
    if (!session.viewer) return { name: 'sign-in', query }
    // Nothing else would be answered.
    return session.viewer.mustEnrol && to.name !== 'security' ? { name: 'security', query } : true
  })
  router.afterEach((to) => {
    document.title = to.meta.title ? `${i18n.global.t(to.meta.title)} · ${productName}` : productName
  })
  return router
}
