// RFC 9113, 6.5.2.
#include "http2/settings.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/http2/frames.hpp"

namespace tined::http2 {
namespace {

std::string Of(SettingId id, std::uint32_t value) {
  return test::Number(static_cast<std::uint32_t>(id)).substr(2) + test::Number(value);
}

Fault Take(std::string_view content, ClientSettings& settings) {
  std::uint32_t smallest_table = settings.header_table_size;
  return Apply(content, settings, smallest_table);
}

ErrorCode Judge(SettingId id, std::uint32_t value) {
  ClientSettings settings;
  return Take(Of(id, value), settings).code;
}

}  // namespace
}  // namespace tined::http2

BOOST_TEST_DONT_PRINT_LOG_VALUE(tined::http2::ErrorCode)

namespace tined::http2 {

BOOST_AUTO_TEST_SUITE(SettingsTest)

BOOST_AUTO_TEST_CASE(the_last_one_of_a_number_counts) {
  ClientSettings settings;
  BOOST_TEST(!Take(Of(SettingId::initial_window_size, 1) + Of(SettingId::header_table_size, 0) +
                       Of(SettingId::max_frame_size, 20000) +
                       Of(SettingId::initial_window_size, 500),
                   settings));
  BOOST_TEST((settings == ClientSettings{0, 500, 20000}));
}

BOOST_AUTO_TEST_CASE(how_small_the_table_was_on_the_way_is_told) {
  const auto smallest = [](std::uint32_t before, const std::string& content) {
    ClientSettings settings{.header_table_size = before};
    std::uint32_t size = before;
    BOOST_TEST(!Apply(content, settings, size));
    return size;
  };
  constexpr auto kTable = SettingId::header_table_size;
  BOOST_TEST(smallest(4096, Of(kTable, 9) + Of(kTable, 4096)) == 9U);
  BOOST_TEST(smallest(4096, Of(kTable, 9000) + Of(kTable, 5000)) == 4096U);
  BOOST_TEST(smallest(100, Of(SettingId::enable_push, 0)) == 100U);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_changes_nothing) {
  ClientSettings settings;
  BOOST_TEST(!Take(Of(SettingId(0xbeef), 77) + Of(SettingId::max_concurrent_streams, 0) +
                       Of(SettingId::max_header_list_size, 0),
                   settings));
  BOOST_TEST((settings == ClientSettings{}));
}

BOOST_AUTO_TEST_CASE(flags_are_0_or_1) {
  for (const auto id : {SettingId::enable_push, SettingId::enable_connect_protocol,
                        SettingId::no_rfc7540_priorities}) {
    BOOST_TEST(Judge(id, 0) == ErrorCode::no_error);
    BOOST_TEST(Judge(id, 1) == ErrorCode::no_error);
    BOOST_TEST(Judge(id, 2) == ErrorCode::protocol_error);
  }
}

BOOST_AUTO_TEST_CASE(a_window_has_31_bits) {
  BOOST_TEST(Judge(SettingId::initial_window_size, kLargestWindow) == ErrorCode::no_error);
  BOOST_TEST(Judge(SettingId::initial_window_size, kLargestWindow + 1) ==
             ErrorCode::flow_control_error);
}

BOOST_AUTO_TEST_CASE(frames_may_be_from_16_KiB_to_16_MiB) {
  BOOST_TEST(Judge(SettingId::max_frame_size, kDefaultFrameSize) == ErrorCode::no_error);
  BOOST_TEST(Judge(SettingId::max_frame_size, kLargestFrameSize) == ErrorCode::no_error);
  BOOST_TEST(Judge(SettingId::max_frame_size, kDefaultFrameSize - 1) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(SettingId::max_frame_size, kLargestFrameSize + 1) == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(nobody_needs_hundreds_at_once) {
  std::string many;
  for (std::size_t i = 0; i < kMostSettings; ++i) many += Of(SettingId::enable_push, 0);
  ClientSettings settings;
  BOOST_TEST(!Take(many, settings));
  many += Of(SettingId::enable_push, 0);
  BOOST_TEST(Take(many, settings).code == ErrorCode::enhance_your_calm);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
