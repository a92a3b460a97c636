#include "handshake/server_names.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::handshake {
namespace {

constexpr int kEcdsa = 1;
constexpr int kRsa = 2;

using Offer = ServerNames::Offer;

/// Nothing is an empty offer here.
Offer Found(const ServerNames& names, std::string_view host) {
  return names.Find(host).value_or(Offer());
}

void CheckOffer(const Offer& offer, const Offer& wanted) {
  BOOST_TEST(offer == wanted, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ServerNamesTest)

BOOST_AUTO_TEST_CASE(a_host_finds_the_certificate_of_its_name_in_whatever_case) {
  ServerNames names;
  names.Add({"a.org"}, kEcdsa);
  names.Add({"b.org", "www.b.org"}, kEcdsa);
  CheckOffer(Found(names, "a.org"), {0});
  CheckOffer(Found(names, "WWW.b.Org"), {1});
  CheckOffer(Found(names, "b.org."), {1});
  CheckOffer(Found(names, "c.org"), {});
  CheckOffer(Found(names, ""), {});
}

BOOST_AUTO_TEST_CASE(a_wildcard_stands_for_one_label) {
  ServerNames names;
  names.Add({"*.a.org"}, kEcdsa);
  CheckOffer(Found(names, "x.a.org"), {0});
  CheckOffer(Found(names, "a.org"), {});
  CheckOffer(Found(names, "x.y.a.org"), {});
  CheckOffer(Found(names, ".a.org"), {});
  CheckOffer(Found(names, "*.a.org"), {0});
}

BOOST_AUTO_TEST_CASE(an_exact_name_goes_before_a_wildcard) {
  ServerNames names;
  names.Add({"*.a.org"}, kEcdsa);
  names.Add({"x.a.org"}, kEcdsa);
  CheckOffer(Found(names, "x.a.org"), {1});
  CheckOffer(Found(names, "y.a.org"), {0});
}

BOOST_AUTO_TEST_CASE(certificates_of_several_kinds_are_offered_together_of_each_the_first) {
  ServerNames names;
  names.Add({"a.org"}, kEcdsa);
  names.Add({"a.org", "b.org"}, kRsa);
  names.Add({"a.org"}, kEcdsa);
  names.Add({"*.org"}, kRsa);
  CheckOffer(Found(names, "a.org"), {0, 1});
  CheckOffer(Found(names, "b.org"), {1});
  CheckOffer(Found(names, "c.org"), {3});
}

BOOST_AUTO_TEST_CASE(a_wildcard_adds_the_kind_that_the_exact_name_has_not) {
  ServerNames names;
  names.Add({"x.a.org"}, kEcdsa);
  names.Add({"*.a.org"}, kRsa);
  CheckOffer(Found(names, "x.a.org"), {0, 1});
}

BOOST_AUTO_TEST_CASE(the_default_is_the_first_with_its_other_kinds) {
  ServerNames names;
  names.Add({"a.org", "b.org"}, kEcdsa);
  names.Add({"b.org"}, kRsa);
  names.Add({"a.org"}, kRsa);
  CheckOffer(names.Default(), {0, 2});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
