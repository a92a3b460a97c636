// Answers with what the scripts of a directory answer that a server runs (FastCGI), and with the
// files that are there beside them; without a directory, with what the server answers. Worker's
// loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/upstreams/upstream.hpp"
#include "handlers/files.hpp"
#include "handlers/handler.hpp"
#include "handlers/root.hpp"

namespace tined::handlers {

class FastCgi final : public Handler {
 public:
  /// `route` and `settings` outlive it. Throws std::system_error for a directory that cannot be
  /// opened, or an address that is none.
  FastCgi(const config::Route& route, std::size_t prefix_size, const config::FastCgi& settings,
          const Context& context);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }
  [[nodiscard]] bool TakesUnknownMethods() const noexcept override { return true; }

 private:
  /// What a path below the root stands for.
  struct Meaning {
    enum class Kind : std::uint8_t {
      script,
      directory,  ///< whose path has no slash at its end
      other,      ///< for the files
      nothing,
    };
    Kind kind = Kind::nothing;
    std::string script;     ///< its path below the root
    std::string path_info;  ///< what follows it; empty or begins with '/'
  };
  /// The directory, and who serves what is in it but for the scripts.
  struct Site {
    Site(std::size_t prefix_size, const config::FastCgi& settings, const Context& context);
    const config::Static settings;
    const Root root;
    Files files;
  };

  [[nodiscard]] bool IsScript(std::string_view path) const noexcept;
  [[nodiscard]] Meaning Find(std::string_view path) const;
  [[nodiscard]] Meaning FindAt(std::string_view path) const;
  [[nodiscard]] Meaning FindInDirectory(const std::string& path) const;
  void Run(const Meaning& meaning, answer::Exchange& exchange);

  const config::FastCgi& settings_;
  const std::size_t prefix_size_;
  const std::uint16_t port_;
  backends::Upstream upstream_;
  std::optional<Site> site_;
};

}  // namespace tined::handlers
