#include "programs/program.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/quantity.hpp"
#include "programs/detail/built_in_programs.hpp"

namespace foundation::programs {
namespace {

constexpr std::array<std::string_view, 8> kinds{
    "text_classifier", "oscillator", "command", "plugin", "lm", "nothing", "sleep", "deadly"};

}  // namespace

CellOutput Program::write(const TextInput& /*input*/, const SplitDataset& /*data*/) const {
  return {model::CellStatus::invalid_output, "this kind of program writes no texts"};
}

std::span<const std::string_view> program_kinds() noexcept { return kinds; }

std::unique_ptr<Program> make_program(const ProgramOptions& options, const SplitDataset& data) {
  if (options.kind == "text_classifier") return detail::make_text_classifier(data);
  if (options.kind == "oscillator") return detail::make_oscillator(data);
  if (options.kind == "command") return detail::make_command(options, data);
  if (options.kind == "plugin") return detail::make_plugin(options);
  if (options.kind == "lm") return detail::make_lm(options, data);
  if (options.kind == "nothing") return detail::make_nothing();
  if (options.kind == "sleep") return detail::make_sleep(options);
  if (options.kind == "deadly") return detail::make_deadly(options);
  const auto near = core::nearest(options.kind, kinds);
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("there is no kind of program '{}'", options.kind),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("kinds are {}", fmt::join(kinds, ", "))};
}

}  // namespace foundation::programs
