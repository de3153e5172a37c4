#include "analysis/find_recordings.hpp"

#include <algorithm>
#include <system_error>

#include "core/error.hpp"

namespace foundation::analysis {

using core::Error;
using core::ErrorKind;

std::vector<std::filesystem::path> find_recordings(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw Error{ErrorKind::bad_input, "there is no '" + path.string() + "'",
                "name a recording (*.ftr) or the folder of a traced run"};
  if (!std::filesystem::is_directory(status)) return {path};
  std::vector<std::filesystem::path> found;
  std::filesystem::directory_iterator it{path, error};
  for (; !error && it != std::filesystem::directory_iterator{}; it.increment(error))
    if (it->path().extension() == ".ftr") found.push_back(it->path());
  if (error) throw core::system_error("read", path.string(), error.value());
  if (found.empty())
    throw Error{ErrorKind::bad_input, "'" + path.string() + "' holds no recordings (*.ftr)",
                "nothing was recorded, or the program was started without the recorder"};
  std::ranges::sort(found);
  return found;
}

}  // namespace foundation::analysis
