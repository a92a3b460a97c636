// What a handshaker writes on its board is looked at as something that a stranger may have written.
#include "supervisor/workers/served_certificates.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace tined::supervisor {
namespace {

struct Board {
  Board() {
    for (const char* name : {"plain", "web"}) config.listeners.emplace_back().name = name;
    config.listeners[1].tls.emplace();
  }
  void Write(std::size_t place, std::uint32_t listener, std::string_view names) {
    auto& certificate = board->certificates[place];
    certificate.listener = listener;
    certificate.expires = 1'900'000'000;
    std::copy(names.begin(), names.end(), certificate.names.begin());
  }

  config::Config config;
  const std::unique_ptr<shared::HandshakerBoard> board =
      std::make_unique<shared::HandshakerBoard>();
};

BOOST_FIXTURE_TEST_SUITE(served_certificates, Board)

BOOST_AUTO_TEST_CASE(a_certificate_is_one_of_the_listener_with_that_place_among_those_with_tls) {
  Write(0, 0, "a.example, b.example");
  board->certificate_count.store(1);
  const auto certificates = CertificatesOn(*board, config);
  BOOST_TEST_REQUIRE(certificates.size() == 1U);
  BOOST_TEST(certificates[0].listener == "web");
  BOOST_TEST(certificates[0].names == "a.example, b.example");
  BOOST_TEST(certificates[0].expires == 1'900'000'000);
}

BOOST_AUTO_TEST_CASE(one_of_a_listener_that_there_is_not_is_left_out) {
  Write(0, 7, "a.example");
  Write(1, 0, "b.example");
  board->certificate_count.store(2);
  const auto certificates = CertificatesOn(*board, config);
  BOOST_TEST_REQUIRE(certificates.size() == 1U);
  BOOST_TEST(certificates[0].names == "b.example");
}

BOOST_AUTO_TEST_CASE(no_more_are_read_than_the_board_has_room_for) {
  board->certificate_count.store(4'000'000'000);
  BOOST_TEST(CertificatesOn(*board, config).size() == shared::HandshakerBoard::kMostCertificates);
}

BOOST_AUTO_TEST_CASE(names_end_with_their_room_and_have_nothing_that_cannot_be_shown) {
  Write(0, 0, std::string(board->certificates[0].names.size(), '\n'));
  board->certificate_count.store(1);
  const auto certificates = CertificatesOn(*board, config);
  BOOST_TEST_REQUIRE(certificates.size() == 1U);
  BOOST_TEST(certificates[0].names == std::string(board->certificates[0].names.size(), '?'));
}

BOOST_AUTO_TEST_CASE(warnings_are_due_daily) {
  using std::chrono::hours;
  ExpiryWarnings warnings;
  const TimePoint now = TimePoint() + hours(1'000);
  BOOST_TEST(warnings.IsDue(now));
  warnings.Warn({}, now);
  BOOST_TEST(!warnings.IsDue(now + hours(23)));
  BOOST_TEST(warnings.IsDue(now + hours(24)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
