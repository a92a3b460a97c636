#include "handlers/handler.hpp"

#include "handlers/files.hpp"
#include "handlers/fixed.hpp"
#include "handlers/module.hpp"

namespace tined::handlers {
namespace {

class Maker {
 public:
  Maker(const config::Route& route, const Context& context) : route_(route), context_(context) {}

  std::unique_ptr<Handler> operator()(const config::Static& settings) const {
    return std::make_unique<Files>(route_.path, settings, context_);
  }
  std::unique_ptr<Handler> operator()(const config::Respond& settings) const {
    return std::make_unique<Respond>(settings);
  }
  std::unique_ptr<Handler> operator()(const config::Redirect& settings) const {
    return std::make_unique<Redirect>(route_.path, settings);
  }
  std::unique_ptr<Handler> operator()(const config::Module& settings) const {
    return std::make_unique<Module>(route_, settings, context_);
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
