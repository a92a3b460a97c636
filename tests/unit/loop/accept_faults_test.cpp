#include "loop/accept_faults.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace tined::loop {
namespace {

BOOST_AUTO_TEST_SUITE(AcceptFaultsTest)

BOOST_AUTO_TEST_CASE(nobody_is_there_to_accept_or_has_left) {
  AcceptFaults faults;
  for (const int error : {EAGAIN, EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH}) {
    BOOST_TEST(!faults.IsStarvation(error, "web"));
  }
}

BOOST_AUTO_TEST_CASE(a_process_without_descriptors_or_memory_tries_again) {
  AcceptFaults faults;
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    BOOST_TEST(faults.IsStarvation(error, "web"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::loop
