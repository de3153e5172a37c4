#include "exports/export.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
#include <unistd.h>

#include <fmt/format.h>

#include "analysis/correct_clocks.hpp"
#include "capture/open_trace.hpp"
#include "commands.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "core/time.hpp"
#include "exports/otf2.hpp"
#include "new_folder.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, exports::Format> formats{{"perfetto", exports::Format::perfetto},
                                                     {"chrome", exports::Format::chrome},
                                                     {"csv", exports::Format::csv},
                                                     {"json", exports::Format::json}};
const std::string otf2 = "otf2";  // several files, not one

struct Export {
  std::string path;
  std::string output;
  std::string format;
  std::string from, to, min_duration;
};

/// A file that is there in full or not at all, or standard output.
class Output {
 public:
  explicit Output(std::string file) : file_{std::move(file)} {
    if (file_.empty()) return;
    if (std::error_code error; fs::exists(file_, error))
      throw core::Error{core::ErrorKind::usage,
                        fmt::format("'{}' exists and is not overwritten", file_),
                        "choose another name, or remove it first"};
    temporary_ = fmt::format("{}.{}.tmp", file_, getpid());
    stream_ = std::fopen(temporary_.c_str(), "wxe");
    if (stream_ == nullptr) throw core::system_error("create", file_, errno);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (file_.empty()) return;
    if (stream_ != nullptr) std::fclose(stream_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }
  void write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) fail("write");
  }
  void finish() {
    if (file_.empty()) return;
    if (std::fflush(stream_) != 0 || fsync(fileno(stream_)) != 0) fail("write");
    if (rename(temporary_.c_str(), file_.c_str()) != 0) fail("create");
    temporary_.clear();
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw core::system_error(what, file_.empty() ? "standard output" : file_, errno);
  }
  std::string file_, temporary_;
  std::FILE* stream_ = stdout;
};

analysis::TraceTime time_of(const char* option, const std::string& text,
                            analysis::TraceTime otherwise) {
  if (text.empty()) return otherwise;
  const auto span = core::parse_duration(text);
  if (!span)
    throw core::Error{core::ErrorKind::usage, fmt::format("{} '{}' is no duration", option, text),
                      "write it as 1.5s, 250ms or 1h30m"};
  return span->count();
}

exports::ExportOptions options_of(const Export& it) {
  exports::ExportOptions options;
  options.from = time_of("--from", it.from, options.from);
  options.to = time_of("--to", it.to, options.to);
  options.min_duration = time_of("--min-duration", it.min_duration, 0);
  options.exported_at = core::wall_now();
  return options;
}

analysis::TraceSet open_corrected(const std::string& path) {
  analysis::TraceSet traces = capture::open_trace(path);
  analysis::correct_clocks(traces);
  return traces;
}

void export_file(const Export& it) {
  const exports::ExportOptions options = options_of(it);
  const analysis::TraceSet traces = open_corrected(it.path);
  Output output{it.output};
  const exports::ExportCounts counts = exports::export_trace(
      traces, formats.at(it.format), options, [&](std::string_view bytes) { output.write(bytes); });
  output.finish();
  fmt::print(stderr, "{} calls, {} messages, {} values of counters, {} marks{}{}\n", counts.calls,
             counts.messages, counts.counters, counts.marks, it.output.empty() ? "" : " in ",
             it.output);
}

void export_folder(const Export& it) {
  exports::require_otf2();
  if (it.output.empty())
    throw core::Error{core::ErrorKind::usage, "an OTF2 archive is a folder, and it has no name",
                      "name a new folder with -o"};
  const exports::ExportOptions options = options_of(it);
  const analysis::TraceSet traces = open_corrected(it.path);
  NewFolder folder{it.output};
  const exports::Otf2Counts counts = exports::export_otf2(traces, options, folder.path());
  folder.keep();
  fmt::print(stderr, "{} calls, {} sends, {} receives, {} parts of collectives in {}\n",
             counts.calls, counts.sends, counts.receives, counts.collectives, it.output);
}

}  // namespace

void add_export(CLI::App& app, Outcome& /*outcome*/) {
  const auto options = std::make_shared<Export>();
  CLI::App* command = app.add_subcommand("export", "Write a trace for other tools");
  command->add_option("path", options->path, "The .h5 file of a trace, or a folder with recordings")
      ->required();
  std::vector<std::string> names;  // of an enum, the parser would show numbers as characters
  names.reserve(formats.size() + 1);
  for (const auto& [name, format] : formats) names.push_back(name);
  names.push_back(otf2);
  command
      ->add_option("--format", options->format,
                   "perfetto (ui.perfetto.dev), chrome (chrome://tracing), otf2 (Vampir and many "
                   "others), csv or json")
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("-o,--output", options->output,
                      "File to write, default standard output; of otf2 a folder");
  command->add_option("--from", options->from, "Leave out what ended before, such as 1.5s");
  command->add_option("--to", options->to, "Leave out what began after");
  command->add_option("--min-duration", options->min_duration, "Leave out shorter calls");
  command->callback(
      [options] { options->format == otf2 ? export_folder(*options) : export_file(*options); });
}

}  // namespace foundation
