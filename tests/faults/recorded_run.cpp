#include "recorded_run.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <sys/wait.h>

#include <fmt/format.h>

namespace foundation::testing {

namespace fs = std::filesystem;

namespace {

constexpr const char* job_text = R"([trainset]
file = "data.jsonl"
input = "text"
label = "class"
[program]
kind = "text_classifier"
[metric]
kind = "macro_f1"
[strategy]
kind = "bootstrap_random_search"
candidates = 128
[execution]
slots = 1
chunk_target = "1ms"
publish_interval = "50ms"
)";

void write_data(const fs::path& file) {
  static constexpr const char* topics[] = {"game puzzle board", "audio music mixer",
                                           "packet server socket"};
  std::ofstream stream{file};
  for (int i = 0; i < 480; ++i) {
    const int topic = i % 7 == 0 ? (i + 1) % 3 : i % 3;
    stream << fmt::format("{{\"text\": \"{} tool {} file {}\", \"class\": \"c{}\"}}\n",
                          topics[topic], i % 11, i % 5, i % 3);
  }
}

int run_program(const fs::path& folder, const std::string& environment) {
  const std::string command = fmt::format(
      "cd '{0}' && DISK_SHIM_FOLDER='{0}/runs' DISK_SHIM_COUNTER='{0}/counter' "
      "DISK_SHIM_LOG='{0}/calls' {1} LD_PRELOAD='{2}' '{3}' optimize -q job.toml "
      ">>out.txt 2>&1",
      folder.string(), environment, FOUNDATION_DISK_SHIM, FOUNDATION_PROGRAM);
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void reset_counter(const fs::path& folder) {
  std::ofstream{folder / "counter", std::ios::binary} << std::string(8, '\0');
}

}  // namespace

RecordedRun::RecordedRun(const fs::path& folder) : job_file{folder / "job.toml"} {
  std::ofstream{job_file} << job_text;
  write_data(folder / "data.jsonl");
  reset_counter(folder);
  if (run_program(folder, "DISK_SHIM_KILL=60") == 0)
    throw std::runtime_error{"the first session was not killed: see out.txt"};
  reset_counter(folder);
  if (run_program(folder, "") != 0)
    throw std::runtime_error{"the recorded run did not succeed: see out.txt"};
  run = fs::canonical(folder / "runs" / "latest");
  const std::string name = run.filename().string();
  for (Call& call : read_trace(folder / "calls")) {
    const auto shorten = [&name](std::string& path) {
      if (path == name) path = ".";
      if (path.starts_with(name + "/")) path.erase(0, name.size() + 1);
    };
    const bool inside = call.path.starts_with(name + "/") || call.path == name;
    if (!inside || (call.kind == CallKind::make_folder && call.path == name)) continue;
    shorten(call.path), shorten(call.target);
    calls.push_back(std::move(call));
  }
}

}  // namespace foundation::testing
