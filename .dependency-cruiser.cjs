/** Who may import whom: the table in docs/architecture.md, enforced. */
const only = (name, comment, from, to) => ({ name, comment, severity: 'error', from: { path: from }, to })

module.exports = {
  forbidden: [
    only('schema-stands-alone', 'The contracts know nobody', '^schema/src', {
      path: '^(telemetry|control-plane|node-agent|admin-ui|deploy)',
    }),
    only('telemetry-stands-alone', 'How a process is watched has no word of mail', '^telemetry/src', {
      path: '^(schema|control-plane|node-agent|admin-ui|deploy)',
    }),
    only('planes-apart', 'Control plane and node share schema and telemetry only', '^control-plane/src', {
      path: '^(node-agent|admin-ui|deploy)',
    }),
    only('node-apart', 'Control plane and node share schema and telemetry only', '^node-agent/src', {
      path: '^(control-plane|admin-ui|deploy)',
    }),
    only('console-apart', 'The console knows the API, not the server', '^admin-ui/src', {
      path: '^(telemetry|control-plane|node-agent|deploy)',
    }),
    only(
      'platform-knows-no-feature',
      'platform/ has no word of the business',
      '^control-plane/src/platform/(?!.*[.]test[.]ts$)',
      {
        path: '^control-plane/src/(?!platform/)[^/]+/',
      },
    ),
    only(
      'command-line-knows-the-api',
      'The command line is a client like any other: it has the contracts, not the server',
      '^control-plane/src/command-line/(?!.*[.]test[.]ts$)',
      {
        path: '^control-plane/src/(?!command-line/)',
      },
    ),
    only('durable-knows-no-engine', 'The writer is for every database', '^node-agent/src/durable', {
      path: '^node-agent/src/(engines|link|config)',
    }),
    only(
      'engine-knows-no-link',
      'An engine takes changes; where they come from is not its matter',
      '^node-agent/src/engines',
      {
        path: '^node-agent/src/link',
      },
    ),
    only(
      'protocol-not-store-implementation',
      'Protocols use the store by its contract',
      '^node-agent/src/engines/builtin/(smtp|imap|pop3)/(?!.*([.]test[.]ts$|test-support/))',
      {
        path: '^node-agent/src/engines/builtin/store/(?!mail-store[.]ts)',
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(node_modules|/dist/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
}
