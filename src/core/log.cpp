#include "core/log.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/terminal_text.hpp"

namespace foundation::core {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: break;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created = std::make_shared<spdlog::logger>(
        "foundation", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    created->set_pattern("%l: %v");
    created->flush_on(spdlog::level::trace);
    return created;
  }();
  return *instance;
}

}  // namespace

void log(LogLevel level, std::string_view message) {
  logger().log(to_spdlog(level), visible(message));
}

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

void set_log_rank(int rank) {
  logger().set_pattern(rank < 0 ? "%l: %v" : fmt::format("%l: rank {}: %v", rank));
}

}  // namespace foundation::core
