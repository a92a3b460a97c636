#include "handlers/handler.hpp"

#include <algorithm>

#include "handlers/files.hpp"
#include "handlers/fixed.hpp"
#include "handlers/module.hpp"
#include "handlers/process_module.hpp"

namespace tined::handlers {
namespace {

class Maker {
 public:
  Maker(const config::Route& route, const Context& context) : route_(route), context_(context) {}

  std::unique_ptr<Handler> operator()(const config::Static& settings) const {
    return std::make_unique<Files>(route_.path, settings, context_.file_cache);
  }
  std::unique_ptr<Handler> operator()(const config::Respond& settings) const {
    return std::make_unique<Respond>(settings);
  }
  std::unique_ptr<Handler> operator()(const config::Redirect& settings) const {
    return std::make_unique<Redirect>(route_.path, settings);
  }
  std::unique_ptr<Handler> operator()(const config::Module& settings) const {
    if (settings.run != config::Module::Run::process) {
      return std::make_unique<Module>(route_, settings, context_);
    }
    const auto& all = context_.process_routes;
    const auto number = std::find(all.begin(), all.end(), &route_) - all.begin();
    return std::make_unique<ProcessModule>(static_cast<std::uint32_t>(number), *context_.executors);
  }

 private:
  const config::Route& route_;
  const Context& context_;
};

}  // namespace

std::unique_ptr<Handler> MakeHandler(const config::Route& route, const Context& context) {
  return std::visit(Maker(route, context), route.handler);
}

}  // namespace tined::handlers
