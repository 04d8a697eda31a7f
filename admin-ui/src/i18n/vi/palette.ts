import type { Messages } from '../messages.ts'

export const palette: Messages['palette'] = {
  title: 'Tìm kiếm mọi thứ',
  placeholder: 'Tìm trang, tên miền, địa chỉ, người, mã thư',
  pages: 'Các trang',
  all: 'Tất cả kết quả: {count}',
  longer: 'Nhập ít nhất {count} chữ cái hoặc chữ số để tìm đối tượng.',
  kind: {
    TENANT: 'Đơn vị',
    DOMAIN: 'Tên miền',
    MAILBOX: 'Hộp thư',
    ALIAS: 'Bí danh',
    GROUP: 'Nhóm',
    ADMINISTRATOR: 'Quản trị viên',
    MAIL_NODE: 'Máy chủ thư',
    MESSAGE: 'Thư',
  },
}
