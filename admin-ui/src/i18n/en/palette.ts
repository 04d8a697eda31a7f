export const palette = {
  title: 'Search everything',
  placeholder: 'Search pages, domains, addresses, people, message IDs',
  pages: 'Pages',
  all: 'All that match: {count}',
  longer: 'Type at least {count} letters or digits to find objects.',
  kind: {
    TENANT: 'Tenants',
    DOMAIN: 'Domains',
    MAILBOX: 'Mailboxes',
    ALIAS: 'Aliases',
    GROUP: 'Groups',
    ADMINISTRATOR: 'Administrators',
    MAIL_NODE: 'Mail nodes',
    MESSAGE: 'Messages',
  },
}
