#include "handshake/opening.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

namespace tined::handshake {

static std::ostream& operator<<(std::ostream& out, Opening opening) {
  return out << static_cast<int>(opening);
}

namespace {

/// What the bytes are found to be as soon as that is clear, and after how many.
std::pair<Opening, std::size_t> SoonestOf(std::string_view bytes) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Opening opening = Recognise(bytes.substr(0, size));
    if (opening != Opening::unknown) return {opening, size};
  }
  return {Opening::unknown, bytes.size()};
}

void Expect(std::string_view bytes, Opening opening, std::size_t after) {
  BOOST_TEST_CONTEXT(bytes) {
    const auto [found, size] = SoonestOf(bytes);
    BOOST_TEST(found == opening);
    BOOST_TEST(size == after);
    BOOST_TEST(Recognise(bytes) == opening);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(OpeningTest)

BOOST_AUTO_TEST_CASE(nothing_is_the_beginning_of_anything) {
  BOOST_TEST(Recognise("") == Opening::unknown);
}

BOOST_AUTO_TEST_CASE(tls_is_a_handshake_record_of_any_version_of_it) {
  for (const char minor : {'\0', '\1', '\3', '\4', '\x7f'}) {
    Expect(std::string("\x16\3") + minor, Opening::tls, 2);
  }
}

BOOST_AUTO_TEST_CASE(other_versions_are_known_for_what_they_are) {
  Expect("\x16\4\1", Opening::other_ssl, 2);
  Expect(std::string("\x16\0\2", 3), Opening::other_ssl, 2);
  Expect("\x80\x2e\1\3\3", Opening::other_ssl, 3);
}

BOOST_AUTO_TEST_CASE(http_begins_with_a_method) {
  Expect("GET / HTTP/1.1", Opening::http, 4);
  Expect("OPTIONS *", Opening::http, 8);
  Expect("PRI * HTTP/2.0", Opening::http, 4);
  Expect("PO", Opening::unknown, 2);
}

BOOST_AUTO_TEST_CASE(all_else_is_nonsense_as_soon_as_that_is_clear) {
  Expect("POX", Opening::nonsense, 3);
  Expect("SSH-2.0", Opening::nonsense, 1);
  Expect("\x15\3\3", Opening::nonsense, 1);
  Expect("\x80\x2e\2", Opening::nonsense, 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
