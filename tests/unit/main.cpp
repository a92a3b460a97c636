// The entry point of every unit test program: Boost.Test's own main.
#define BOOST_TEST_MODULE tined
#include <boost/test/unit_test.hpp>
