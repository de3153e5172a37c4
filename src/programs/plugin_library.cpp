#include "programs/detail/plugin_library.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::programs::detail {

void refuse_plugin(const std::string& path, std::string_view why, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, fmt::format("the plugin {} {}", path, why),
                    std::move(hint)};
}

plugin::abi::TextSink into(std::string& text) {
  return {&text, [](void* to, plugin::abi::Text more) {
            static_cast<std::string*>(to)->append(more.data, more.size);
          }};
}

void* PluginLibrary::find(const std::string& path, const char* entry, std::string_view macro) {
  library_.reset(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library_)
    refuse_plugin(path, fmt::format("cannot be loaded: {}", ::dlerror()),
                  "it must be a shared library, with all that it needs in reach (see `ldd`)");
  void* found = ::dlsym(library_.get(), entry);
  if (found == nullptr)
    refuse_plugin(
        path, fmt::format("is no such plugin of this program: it does not export {}", entry),
        fmt::format("its source needs a line {}(...), see foundation/programs/plugin.hpp", macro));
  return found;
}

void PluginLibrary::check(const std::string& path, std::uint32_t version, std::uint32_t size,
                          std::size_t expected_size) {
  const bool is_known = version >= plugin::abi::oldest_version && version <= plugin::abi::version;
  if (is_known && size == expected_size) return;
  refuse_plugin(
      path,
      fmt::format("was built against version {} of the plugin interface; this program has "
                  "version {}",
                  version, plugin::abi::version),
      "build it again with the plugin.hpp of this version");
}

}  // namespace foundation::programs::detail
