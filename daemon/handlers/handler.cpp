#include "handlers/handler.hpp"

#include <algorithm>

#include "handlers/fastcgi.hpp"
#include "handlers/files.hpp"
#include "handlers/fixed.hpp"
#include "handlers/module.hpp"
#include "handlers/process_module.hpp"
#include "handlers/program.hpp"
#include "handlers/proxy.hpp"
#include "handlers/rewritten.hpp"

namespace tined::handlers {
namespace {

template <typename Made>
std::unique_ptr<Made> MakeReported(const config::ModuleUse& use, const Context& context) {
  if (context.report == nullptr) return std::make_unique<Made>(use, context);
  context.report->Configures(use);
  try {
    return std::make_unique<Made>(use, context);
  } catch (const std::exception& error) {
    context.report->Refuses(error.what());
    return nullptr;
  }
}

std::unique_ptr<Handler> MakeModule(const config::ModuleUse& use, const Context& context) {
  if (use.module->run != config::Module::Run::process)
    return MakeReported<ModuleHandler>(use, context);
  return std::make_unique<ProcessHandler>(context.executors->TargetOf(*use.module));
}

class Maker {
 public:
  Maker(const config::Route& route, const Context& context)
      : route_(route),
        context_(context),
        prefix_size_(route.rewrite ? 0 : PrefixSize(route.path)) {}

  std::unique_ptr<Handler> operator()(const config::Static& settings) const {
    return std::make_unique<Files>(prefix_size_, settings, context_);
  }
  std::unique_ptr<Handler> operator()(const config::Respond& settings) const {
    return std::make_unique<Respond>(settings);
  }
  std::unique_ptr<Handler> operator()(const config::Redirect& settings) const {
    return std::make_unique<Redirect>(route_, settings);
  }
  std::unique_ptr<Handler> operator()(const config::Module& settings) const {
    return MakeModule({&settings, false, route_.path}, context_);
  }
  std::unique_ptr<Handler> operator()(const config::Program& settings) const {
    return std::make_unique<ProgramHandler>(route_, prefix_size_, settings, context_);
  }
  std::unique_ptr<Handler> operator()(const config::Proxy& settings) const {
    return std::make_unique<Proxy>(route_, settings, context_);
  }
  std::unique_ptr<Handler> operator()(const config::FastCgi& settings) const {
    return std::make_unique<FastCgi>(route_, prefix_size_, settings, context_);
  }

 private:
  const config::Route& route_;
  const Context& context_;
  const std::size_t prefix_size_;  ///< of the path that it sees, what is not below its root
};

}  // namespace

std::unique_ptr<Handler> MakeHandler(const config::Route& route, const Context& context) {
  std::unique_ptr<Handler> handler = std::visit(Maker(route, context), route.handler);
  if (!route.rewrite || handler == nullptr) return handler;
  return std::make_unique<Rewritten>(route, std::move(handler));
}

std::unique_ptr<StreamHandler> MakeStreamHandler(const config::Listener& listener,
                                                 const Context& context) {
  const config::ModuleUse use{&std::get<config::Module>(listener.stream->handler), true,
                              listener.name};
  if (use.module->run != config::Module::Run::process) {
    return MakeReported<ModuleStreamHandler>(use, context);
  }
  return std::make_unique<ProcessStreamHandler>(context.executors->TargetOf(*use.module));
}

}  // namespace tined::handlers
