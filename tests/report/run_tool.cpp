// Makes and reads sample runs for the tests that look at published files from other languages.
//   report_run_tool sample FOLDER [CANDIDATES EXAMPLES]   a finished run's journal
//   report_run_tool rebuild FOLDER partial|complete       publishes FOLDER/run.h5
//   report_run_tool read FILE                             prints its report, or the error
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "report/publish.hpp"
#include "report/summary.hpp"
#include "storage/load_file.hpp"
#include "tests/report/sample_run.hpp"

namespace {

using namespace foundation;

int run(const std::vector<std::string>& arguments) {
  const std::string& command = arguments.at(0);
  const std::filesystem::path path = arguments.at(1);
  if (command == "sample") {
    testing::SampleOptions options;
    if (arguments.size() == 4) {
      options.candidates = static_cast<std::uint32_t>(std::stoul(arguments[2]));
      options.examples = static_cast<std::uint32_t>(std::stoul(arguments[3]));
    }
    std::filesystem::create_directories(path);
    testing::write_sample_run(path, options);
  } else if (command == "rebuild") {
    const auto completeness = arguments.at(2) == "partial" ? report::Completeness::partial
                                                           : report::Completeness::complete;
    report::rebuild_view(path, journal::PosixDisk{path}, completeness, core::wall_now());
  } else {
    static_cast<void>(storage::load_content_digest(path));
    const auto summary = report::summarise(storage::load_tables(path));
    std::fputs(report::to_text(summary, {path.string(), path.string(), ""}, 10).c_str(), stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::span all{argv, static_cast<std::size_t>(argc)};
    return run({all.begin() + 1, all.end()});
  } catch (const foundation::core::Error& error) {
    std::fprintf(stderr, "%s\n", foundation::core::describe(error).c_str());
    return foundation::core::exit_status(error.kind());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 70;
  }
}
