#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "job/job.hpp"

/// Manual pages in the man(7) language of troff, made from a plain description of the command
/// line and from the list of keys: what --help and `doc` show is what the pages say.
namespace foundation {

struct ManOption {
  std::string names;  ///< "-s, --set", or "JOB" for an argument
  std::string value;  ///< "KEY=VALUE"; empty: none
  std::string help;
  bool positional = false;
  bool required = false;
};

struct ManCommand {
  std::string name;  ///< empty: the program itself
  std::string help;
  std::vector<ManOption> options;
};

/// Text that troff prints as it is, also at the beginning of a line.
[[nodiscard]] std::string troff_text(std::string_view text);

/// foundation(1)
[[nodiscard]] std::string program_page(const ManCommand& program,
                                       std::span<const ManCommand> commands);
/// foundation-COMMAND(1)
[[nodiscard]] std::string command_page(const ManCommand& command);
/// foundation-job(5)
[[nodiscard]] std::string keys_page(std::span<const job::KeyInfo> keys);

}  // namespace foundation
