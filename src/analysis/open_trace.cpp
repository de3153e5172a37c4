#include "analysis/open_trace.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

#include "analysis/trace_tables.hpp"
#include "core/error.hpp"
#include "storage/file_reader.hpp"

namespace foundation::analysis {

using core::Error;
using core::ErrorKind;

namespace {

constexpr std::string_view recording_ending = ".ftr";

/// In the order of their names.
std::vector<std::filesystem::path> recordings_in(const std::filesystem::path& path) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  std::filesystem::directory_iterator it{path, error};
  for (; !error && it != std::filesystem::directory_iterator{}; it.increment(error))
    if (it->path().extension() == recording_ending) found.push_back(it->path());
  if (error) throw core::system_error("read", path.string(), error.value());
  if (found.empty())
    throw Error{ErrorKind::bad_input, "'" + path.string() + "' holds no recordings (*.ftr)",
                "nothing was recorded, or the program was started without the recorder"};
  std::ranges::sort(found);
  return found;
}

}  // namespace

TraceSet open_trace(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw Error{ErrorKind::bad_input, "there is no '" + path.string() + "'",
                "name the .h5 file that `foundation trace` has written"};
  if (std::filesystem::is_directory(status)) return TraceSet{recordings_in(path)};
  if (storage::is_hdf5_file(path)) return open_trace_tables(path);
  if (path.extension() != recording_ending)
    throw Error{ErrorKind::bad_input, "'" + path.string() + "' is no trace",
                "name the .h5 file that `foundation trace` has written, or recordings (*.ftr)"};
  return TraceSet{std::vector{path}};
}

}  // namespace foundation::analysis
