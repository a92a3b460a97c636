#include "http2/settings.hpp"

#include <algorithm>

namespace tined::http2 {
namespace {

Setting ReadSetting(std::string_view bytes) noexcept {
  const std::uint32_t front = ReadNumber(bytes);
  return {static_cast<SettingId>(front >> 16), ReadNumber(bytes.substr(2))};
}

Fault CheckFlag(std::uint32_t value) noexcept {
  if (value <= 1) return {};
  return {ErrorCode::protocol_error, "a setting that is neither 0 nor 1"};
}

Fault Apply(const Setting& setting, ClientSettings& settings) noexcept {
  switch (setting.id) {
    case SettingId::header_table_size:
      settings.header_table_size = setting.value;
      return {};
    case SettingId::initial_window_size:
      settings.initial_window_size = setting.value;
      if (setting.value <= kLargestWindow) return {};
      return {ErrorCode::flow_control_error, "SETTINGS_INITIAL_WINDOW_SIZE too large"};
    case SettingId::max_frame_size:
      settings.max_frame_size = setting.value;
      if (setting.value >= kDefaultFrameSize && setting.value <= kLargestFrameSize) return {};
      return {ErrorCode::protocol_error, "SETTINGS_MAX_FRAME_SIZE out of range"};
    case SettingId::enable_push:
    case SettingId::enable_connect_protocol:
    case SettingId::no_rfc7540_priorities:
      return CheckFlag(setting.value);
    default:
      return {};
  }
}

}  // namespace

Fault Apply(std::string_view content, ClientSettings& settings,
            std::uint32_t& smallest_table) noexcept {
  if (content.size() > kMostSettings * kSettingSize) {
    return {ErrorCode::enhance_your_calm, "too many settings"};
  }
  for (; content.size() >= kSettingSize; content.remove_prefix(kSettingSize)) {
    if (const Fault fault = Apply(ReadSetting(content), settings)) return fault;
    smallest_table = std::min(smallest_table, settings.header_table_size);
  }
  return {};
}

}  // namespace tined::http2
