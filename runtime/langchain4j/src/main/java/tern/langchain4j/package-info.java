/// Tern's models for LangChain4j, in process. Begin with [tern.langchain4j.TernChatModel].
@NullMarked
package tern.langchain4j;

import org.jspecify.annotations.NullMarked;
