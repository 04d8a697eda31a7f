/**
 * The Grafana boards, as data; `node deploy/grafana/boards.mjs` writes the JSON that Grafana imports. A test holds the files to
 * this, and every query to the metrics that the programs have.
 */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const quantiles = (metric, by = [], where = '') =>
  [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${[...by, 'le'].join(', ')}) (rate(${metric}_bucket{${selected(where)}}[$__rate_interval])))`,
    legend: `p${quantile * 100} ${by.map((label) => `{{${label}}}`).join(' ')}`.trim(),
  }))
const selected = (where) => ['instance=~"$instance"', where].filter(Boolean).join(', ')
const rate = (metric, by = [], where = '') => ({
  expr: `sum by (${by.join(', ')}) (rate(${metric}{${selected(where)}}[$__rate_interval]))`,
  legend: by.map((label) => `{{${label}}}`).join(' ') || 'a second',
})
const each = (metric, by = ['instance']) => ({
  expr: `${metric}{${selected('')}}`,
  legend: by.map((label) => `{{${label}}}`).join(' '),
})
/** What is read from the database is the same on every replica. */
const shared = (metric, by = []) => ({
  expr: `max by (${by.join(', ')}) (${metric}{${selected('')}})`,
  legend: by.map((label) => `{{${label}}}`).join(' ') || metric.replace('mailfleet_', ''),
})

const chart = (title, unit, ...targets) => ({ type: 'timeseries', title, unit, targets: targets.flat() })
const stat = (title, unit, ...targets) => ({ type: 'stat', title, unit, targets: targets.flat() })

const processRow = [
  'The process',
  [
    chart('CPU', 'percentunit', rate('process_cpu_seconds_total', ['instance'])),
    chart('Memory', 'bytes', each('process_resident_memory_bytes')),
    chart('Event loop delay, p99', 's', each('nodejs_eventloop_lag_p99_seconds')),
  ],
]

const boards = {
  'control-plane': {
    uid: 'mailfleet-control-plane',
    title: 'Mailfleet: control plane',
    instances: 'label_values(mailfleet_build_info{component="control-plane"}, instance)',
    rows: [
      [
        'At a glance',
        [
          stat('Nodes', 'short', shared('mailfleet_nodes', ['state'])),
          stat('Replicas with their database', 'short', {
            expr: 'sum(mailfleet_database_up{instance=~"$instance"})',
            legend: 'up',
          }),
          stat('Changes without a revision', 'short', shared('mailfleet_change_outbox_records')),
          stat('Jobs', 'short', shared('mailfleet_jobs', ['state'])),
          stat('Deliveries of webhooks owed', 'short', shared('mailfleet_webhook_deliveries_pending')),
        ],
      ],
      [
        'Requests',
        [
          chart(
            'Requests by endpoint',
            'reqps',
            rate('mailfleet_http_request_duration_seconds_count', ['endpoint', 'code']),
          ),
          chart(
            'Operations of the API',
            'ops',
            rate('mailfleet_graphql_operation_duration_seconds_count', ['operation', 'outcome']),
          ),
          chart('Time of operations', 's', quantiles('mailfleet_graphql_operation_duration_seconds', ['operation'])),
          chart('Sockets of subscriptions', 'short', each('mailfleet_graphql_sockets')),
        ],
      ],
      [
        'Configuration on its way to nodes',
        [
          chart('Streams', 'short', {
            expr: 'sum by (state) (mailfleet_config_streams{instance=~"$instance"})',
            legend: '{{state}}',
          }),
          chart('From frame to acknowledgement', 's', quantiles('mailfleet_config_ack_duration_seconds', ['frame'])),
          chart('Oldest acknowledgement owed', 's', each('mailfleet_config_oldest_unacknowledged_seconds')),
          chart('Refused by nodes', 'ops', rate('mailfleet_config_rejected_total', ['instance'])),
          chart('Changes sequenced', 'ops', rate('mailfleet_sequencer_records_total', ['instance'])),
          chart('Time of a sequencer step', 's', quantiles('mailfleet_sequencer_step_duration_seconds')),
          chart('Revisions behind the log', 'short', each('mailfleet_change_log_lag_revisions')),
          chart('Newest revision seen', 'short', each('mailfleet_change_log_revision')),
          chart('LISTEN connection', 'bool_yes_no', each('mailfleet_notifications_up')),
        ],
      ],
      [
        'Mail events',
        [
          chart('Stored', 'ops', rate('mailfleet_events_stored_total', ['instance'])),
          chart('Age when stored', 's', quantiles('mailfleet_event_delay_seconds')),
          chart('Time of a batch', 's', quantiles('mailfleet_event_batch_duration_seconds')),
          chart('Set aside', 'ops', rate('mailfleet_events_set_aside_total', ['instance'])),
        ],
      ],
      [
        'Work beside requests',
        [
          chart('Oldest job', 's', shared('mailfleet_job_oldest_seconds', ['state'])),
          chart('Tries of webhooks', 'ops', rate('mailfleet_webhook_attempt_duration_seconds_count', ['result'])),
          chart('Time of a try', 's', quantiles('mailfleet_webhook_attempt_duration_seconds')),
        ],
      ],
      [
        'PostgreSQL',
        [
          chart('Connections', 'short', each('mailfleet_database_connections', ['instance', 'state'])),
          chart('Size of the pool', 'short', each('mailfleet_database_pool_size')),
          chart('Work that waits for a connection', 'short', each('mailfleet_database_waiting')),
        ],
      ],
      processRow,
    ],
  },
  node: {
    uid: 'mailfleet-node',
    title: 'Mailfleet: mail nodes',
    instances: 'label_values(mailfleet_build_info{component="node"}, instance)',
    rows: [
      [
        'At a glance',
        [
          stat('Healthy', 'bool_yes_no', each('mailfleet_node_healthy')),
          stat('Linked to a control plane', 'bool_yes_no', each('mailfleet_node_link_up')),
          stat('Messages in the queue', 'short', each('mailfleet_node_queue_messages')),
          stat('Certificate ends in', 's', {
            expr: 'mailfleet_node_tls_certificate_expiry_timestamp_seconds{instance=~"$instance"} - time()',
            legend: '{{instance}}',
          }),
        ],
      ],
      [
        'Messages',
        [
          chart('Accepted', 'ops', rate('mailfleet_node_messages_accepted_total', ['direction', 'verdict'])),
          chart('Refused', 'ops', rate('mailfleet_node_recipients_refused_total', ['reply'])),
          chart('Stored in mailboxes', 'ops', rate('mailfleet_node_recipients_delivered_total', ['verdict'])),
        ],
      ],
      [
        'Queue',
        [
          chart('Messages', 'short', each('mailfleet_node_queue_messages')),
          chart('Oldest message', 's', each('mailfleet_node_queue_oldest_seconds')),
          chart('Attempts under way', 'short', each('mailfleet_node_queue_attempts')),
          chart('Recipients queued', 'ops', rate('mailfleet_node_recipients_queued_total', ['instance'])),
          chart('What came of attempts', 'ops', rate('mailfleet_node_delivery_attempts_total', ['result'])),
        ],
      ],
      [
        'Clients',
        [
          chart('Open connections', 'short', each('mailfleet_node_connections', ['instance', 'protocol'])),
          chart('Sessions ended', 'ops', rate('mailfleet_node_sessions_total', ['protocol'])),
          chart('Sign-ins', 'ops', rate('mailfleet_node_sign_ins_total', ['protocol', 'result'])),
        ],
      ],
      [
        'Disk',
        [
          chart('Time of a commit', 's', quantiles('mailfleet_node_commit_duration_seconds', ['database'])),
          chart('Writes', 'ops', rate('mailfleet_node_writes_total', ['database'])),
          chart('Commits', 'ops', rate('mailfleet_node_commit_duration_seconds_count', ['database'])),
          chart('Writes that wait', 'short', each('mailfleet_node_writes_waiting', ['instance', 'database'])),
          chart('Octets that wait', 'bytes', each('mailfleet_node_writes_waiting_bytes', ['instance', 'database'])),
        ],
      ],
      [
        'Control plane',
        [
          chart('Revision in force', 'short', each('mailfleet_node_config_revision')),
          chart('Events not shipped yet', 'short', each('mailfleet_node_events_unshipped', ['instance', 'database'])),
          chart('Events dropped', 'ops', rate('mailfleet_node_events_dropped_total', ['instance'])),
        ],
      ],
      processRow,
    ],
  },
}

const datasource = { type: 'prometheus', uid: '${datasource}' }
const columns = 24

/** Rows of panels: a title across, then panels side by side, at most three in a line, five where they are numbers. */
function panelsOf(rows) {
  let y = 0
  let id = 0
  return rows.flatMap(([title, panels]) => {
    const header = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: 1, w: columns, x: 0, y },
    }
    y += 1
    const perLine = panels[0].type === 'stat' ? panels.length : Math.min(3, panels.length)
    const width = Math.floor(columns / perLine)
    const height = panels[0].type === 'stat' ? 5 : 8
    const placed = panels.map(({ targets, unit, ...panel }, index) => ({
      id: ++id,
      ...panel,
      datasource,
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      gridPos: { h: height, w: width, x: (index % perLine) * width, y: y + Math.floor(index / perLine) * height },
      options: panel.type === 'stat' ? { reduceOptions: { calcs: ['lastNotNull'] } } : { tooltip: { mode: 'multi' } },
      targets: targets.map(({ expr, legend }, target) => ({
        refId: String.fromCharCode(65 + target),
        datasource,
        expr,
        legendFormat: legend,
      })),
    }))
    y += Math.ceil(panels.length / perLine) * height
    return [header, ...placed]
  })
}

const variable = (name, type, query, more) => ({ name, label: name, type, query, ...more })

/** What Grafana imports, by file name. */
export const dashboards = Object.fromEntries(
  Object.entries(boards).map(([name, { uid, title, instances, rows }]) => [
    `${name}.json`,
    {
      uid,
      title,
      tags: ['mailfleet'],
      schemaVersion: 39,
      editable: true,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      templating: {
        list: [
          variable('datasource', 'datasource', 'prometheus'),
          variable('instance', 'query', instances, {
            datasource,
            refresh: 2,
            includeAll: true,
            multi: true,
            allValue: '.*',
            current: { text: 'All', value: '$__all' },
          }),
        ],
      },
      panels: panelsOf(rows),
    },
  ]),
)

export const textOf = (dashboard) => `${JSON.stringify(dashboard, null, 2)}\n`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [file, dashboard] of Object.entries(dashboards))
    writeFileSync(new URL(file, import.meta.url), textOf(dashboard))
