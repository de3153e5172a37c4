// A plugin of another version of the interface.
#include "programs/plugin.hpp"

extern "C" __attribute__((visibility("default"))) const foundation::plugin::abi::Table*
foundation_plugin_table() {
  static foundation::plugin::abi::Table table{};
  table.version = foundation::plugin::abi::version + 1;
  table.size = sizeof table;
  return &table;
}
