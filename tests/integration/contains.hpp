// Looks for a part of a text, and shows the text when it is not there.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

namespace tined::test {

inline boost::test_tools::assertion_result Contains(const std::string& text,
                                                    const std::string& part) {
  boost::test_tools::assertion_result result(text.find(part) != std::string::npos);
  result.message() << "`" << part << "` is not in: " << text;
  return result;
}

}  // namespace tined::test
