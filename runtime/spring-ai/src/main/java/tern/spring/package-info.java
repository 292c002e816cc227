/// Tern's models for Spring AI, in process. With `tern.model` set, Spring Boot makes a [tern.spring.TernAiChatModel].
@NullMarked
package tern.spring;

import org.jspecify.annotations.NullMarked;
