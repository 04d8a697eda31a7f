import type { Messages } from '../messages.ts'

export const nav: Messages['nav'] = {
  main: 'Điều hướng chính',
  overview: 'Tổng quan',
  tenants: 'Đơn vị',
  domains: 'Tên miền',
  mailboxes: 'Hộp thư',
  aliases: 'Bí danh',
  administrators: 'Người quản trị',
  nodes: 'Máy thư',
  groups: 'Nhóm',
  policies: 'Chính sách',
  roles: 'Vai trò',
  audit: 'Nhật ký kiểm toán',
  jobs: 'Tác vụ',
  log: 'Nhật ký thư',
  account: 'Tài khoản của bạn',
  hosting: 'Lưu trữ',
  operations: 'Vận hành',
  access: 'Truy cập',
  open: 'Mở điều hướng',
  signOut: 'Đăng xuất',
  theme: 'Giao diện',
  language: 'Ngôn ngữ',
}

export const theme: Messages['theme'] = { system: 'Theo hệ thống', light: 'Sáng', dark: 'Tối' }

export const signIn: Messages['signIn'] = {
  passkey: 'Đăng nhập bằng khóa truy cập',
  passkeyFailed: 'Khóa truy cập chưa được dùng. Hãy thử lại.',
  organisation: 'Đăng nhập bằng tổ chức của bạn',
  organisationEmail: 'Hãy nhập địa chỉ e-mail trước: địa chỉ này dẫn tới tổ chức của bạn.',
  organisationUnknown: 'Địa chỉ này không dẫn tới tổ chức nào. Hãy đăng nhập bằng mật khẩu.',
  organisationWaiting: 'Đang đăng nhập…',
  code: 'Mã từ ứng dụng xác thực',
  codeHint: 'Hoặc một trong các mã khôi phục của bạn.',
  verify: 'Tiếp tục',
  again: 'Bắt đầu lại',
  title: 'Đăng nhập Mailfleet',
  text: 'Trung tâm điều khiển dịch vụ thư điện tử.',
  email: 'Địa chỉ e-mail',
  password: 'Mật khẩu',
  submit: 'Đăng nhập',
  showPassword: 'Hiện mật khẩu',
  hidePassword: 'Ẩn mật khẩu',
  unreachable: 'Không kết nối được với máy chủ',
}
