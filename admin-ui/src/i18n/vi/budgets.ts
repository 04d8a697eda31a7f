import type { Messages } from '../messages.ts'

export const budgets: Messages['budgets'] = {
  title: 'Hạn mức',
  text: 'Đã dùng ở đây và các cấp dưới, trên mức được cấp.',
  edit: 'Cấp hạn mức',
  editTitle: 'Cấp hạn mức cho {name}',
  editText: 'Để trống là không có giới hạn riêng; hạn mức của cấp trên vẫn có hiệu lực.',
  saved: 'Đã lưu hạn mức của {name}',
  bad: 'Nhập một số, hoặc để trống.',
  noLimit: 'không giới hạn riêng',
  ofAllotted: 'trên {allotted}',
  handedDown: 'Đã cấp xuống dưới {amount}',
  overselling: 'Cấp xuống nhiều hơn mức được cấp',
  notices: 'Thông báo',
  oversell: { BLOCK: 'Từ chối', NOTIFY: 'Cho phép, có thông báo', ALLOW: 'Cho phép' },
  resource: { DOMAINS: 'Tên miền', MAILBOXES: 'Hộp thư', STORAGE: 'Dung lượng', SENDS_PER_DAY: 'Số thư gửi mỗi ngày' },
  notice: {
    OVERSOLD: '{tenant}: {resource}, đã cấp xuống và dùng {amount}, được cấp {allotted}.',
    OVERUSED: '{tenant}: {resource}, đã dùng {amount}, chỉ được cấp {allotted}.',
  },
}
