#include "endpoints/detail/endpoint_url.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace foundation::endpoints::detail {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EndpointUrl, is_completed) {
  EXPECT_EQ(completions_url("http://localhost:8080/v1"),
            "http://localhost:8080/v1/chat/completions");
  EXPECT_EQ(completions_url("https://host/v1//"), "https://host/v1/chat/completions");
  EXPECT_EQ(completions_url("https://host/v1/chat/completions"),
            "https://host/v1/chat/completions");
}

TEST(EndpointUrl, that_cannot_be_used_or_holds_secrets_is_refused) {
  for (const char* url :
       {"", "localhost:8080", "ftp://host/v1", "file:///etc/passwd", "http://", "http://:80/v1",
        "http:///v1", "http://host/v 1", "http://host/v1?key=1", "http://host/\r\nX: y"})
    EXPECT_THROW(static_cast<void>(completions_url(url)), core::Error) << url;
  try {
    static_cast<void>(completions_url("https://user:canary@host/v1"));
    ADD_FAILURE();
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("canary")));
  }
  try {
    static_cast<void>(completions_url("https://host/v1?key=canary"));
    ADD_FAILURE();
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("canary")));
  }
}

TEST(EndpointUrl, knows_its_own_machine) {
  for (const char* url : {"http://localhost:1/v1", "https://127.0.0.1/v1", "http://[::1]:8080/v1"})
    EXPECT_TRUE(is_local(url)) << url;
  for (const char* url : {"http://localhost.example.org/v1", "http://host/v1", "http://1270.0.0.1"})
    EXPECT_FALSE(is_local(url)) << url;
}

}  // namespace
}  // namespace foundation::endpoints::detail
