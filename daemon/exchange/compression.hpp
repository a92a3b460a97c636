// Compresses answers while they are sent, for clients that take it (`compress`; RFC 9110, 8.4 and
// 12.5.3). What is whole in memory stays so, and outlives this worker like any answer; what comes
// in pieces is compressed piece by piece. Made when a worker starts. Worker's loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.hpp"
#include "config/model.hpp"
#include "exchange/coded_files.hpp"
#include "http/encoding.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class Compression {
 public:
  /// `files` is shared with the other routes of a listener.
  Compression(const config::Compress& settings, std::shared_ptr<CodedFiles> files);

  void Apply(const http::Request& request, answer::Answer& answer) const;

 private:
  [[nodiscard]] bool MayBe(const answer::Answer& answer) const;
  [[nodiscard]] bool IsOfSuchType(const answer::Answer& answer) const;
  [[nodiscard]] http::Coding CodingFor(const http::Request& request) const noexcept;
  /// False: the answer stays as it is.
  [[nodiscard]] bool Encode(http::Coding coding, answer::Answer& answer) const;
  [[nodiscard]] bool EncodeBytes(http::Coding coding, answer::Answer& answer) const;
  [[nodiscard]] bool EncodeFile(http::Coding coding, answer::Answer& answer) const;
  [[nodiscard]] bool EncodeSource(http::Coding coding, answer::Answer& answer) const;
  [[nodiscard]] bool IsOfSuchSize(std::uint64_t size) const noexcept;

  std::vector<http::Coding> codings_;  ///< the best first
  std::vector<std::string> types_;     ///< "text/css", or "text/" for all of a kind
  std::uint64_t least_;
  std::uint64_t most_;
  config::Compress::Effort effort_;
  std::shared_ptr<CodedFiles> files_;
};

}  // namespace tined::exchange
