/** The people and companies of `--demo`. Domains are under .test and .example (RFC 2606): nobody's mail is touched. */
export const reseller = {
  name: 'Northwind Hosting',
  administrator: { email: 'linh@northwind.example', name: 'Linh Trần' },
}

export const customers = [
  {
    name: 'Contoso Legal',
    domains: [
      {
        name: 'contoso.test',
        catchAll: 'office',
        people: [
          ['ana.silva', 'Ana Silva'],
          ['ben.okafor', 'Ben Okafor'],
          ['chloe.martin', 'Chloé Martin'],
          ['office', 'Front office'],
        ],
        aliases: { partners: ['ana.silva', 'ben.okafor'], info: ['office'] },
      },
      { name: 'contoso-legal.example', people: [['hello', 'Contoso Legal']], aliases: {} },
    ],
  },
  {
    name: 'Quán Cà Phê Sài Gòn',
    domains: [
      {
        name: 'càphê.test',
        people: [
          ['chào', 'Quầy chính'],
          ['hương', 'Nguyễn Thị Hương'],
          ['đặt-bàn', 'Đặt bàn'],
        ],
        aliases: { menu: ['chào'] },
      },
    ],
  },
  {
    name: 'Fabrikam Robotics',
    domains: [
      {
        name: 'fabrikam.test',
        people: [
          ['dana.weiss', 'Dana Weiss'],
          ['emre.kaya', 'Emre Kaya'],
          ['support', 'Support desk'],
          ['billing', 'Billing'],
        ],
        aliases: { team: ['dana.weiss', 'emre.kaya'] },
      },
      { name: 'fabrikam-labs.test', people: [['lab', 'The lab']], aliases: {} },
    ],
  },
]

/** [from, subject, text] of letters that come from outside. */
export const letters = [
  ['newsletter@gardening.example', 'Your November planting guide', 'Garlic goes in now. Keep it mulched.'],
  ['orders@bookshop.example', 'Your order has left our warehouse', 'Two books are on their way to you.'],
  ['minh@partner.example', 'Báo giá tháng 11', 'Xin gửi anh chị báo giá mới nhất.'],
  ['jobs@university.example', 'Internship applications', 'Three of our students would like to work with you.'],
  ['alerts@monitoring.example', 'Disk usage back to normal', 'web-03 is at 61 % again.'],
  ['events@conference.example', 'Call for papers closes on Friday', 'We look forward to your proposal.'],
]
