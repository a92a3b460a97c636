// What the tests of incoming records expect: outcomes, faults and their alerts.
#pragma once

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <ostream>
#include <vector>

#include "tests/unit/tls/server.hpp"

namespace tined::tls {

inline std::ostream& operator<<(std::ostream& out, Opened::Kind kind) {
  constexpr const char* kNames[] = {"needs_input", "needs_room", "application",
                                    "nothing",     "key_update", "close_notify",
                                    "alert",       "fault",      "broken"};
  return out << kNames[static_cast<std::size_t>(kind)];
}
inline std::ostream& operator<<(std::ostream& out, Alert alert) { return out << NameOf(alert); }

namespace test {

inline ByteString Joined(std::initializer_list<ByteString> parts) {
  ByteString all;
  for (const ByteString& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// The whole of `received` leads to a fault with this alert, and the fault changes nothing.
inline void ExpectFault(Server& server, const ByteString& received, Alert alert) {
  const Opened opened = server.OpenAll(received);
  BOOST_TEST(opened.kind == Opened::Kind::fault);
  BOOST_TEST(opened.alert == alert);
  BOOST_TEST(opened.record_size == 0U);
}

/// What `make` has each suite's client send leads to a fault.
template <typename Make>
void ExpectFaultIn(const std::vector<Suite>& suites, Alert alert, Make make) {
  for (const Suite suite : suites) {
    BOOST_TEST_CONTEXT(NameOf(suite)) {
      Server server(suite);
      ExpectFault(server, make(server.client), alert);
    }
  }
}

}  // namespace test
}  // namespace tined::tls
