/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/phrases.h"

static const char *const phrases[PHRASE_COUNT][2] = {
    [PHRASE_FINDINGS] = {"What the analysis found", "O que a análise encontrou"},
    [PHRASE_FACTS] = {"What is known", "O que se sabe"},
    [PHRASE_LINES] = {"What your documents say", "O que dizem os seus documentos"},
    [PHRASE_KNOWLEDGE] = {"From the knowledge base", "Da base de conhecimento"},
    [PHRASE_NOTHING] = {"Your sources hold nothing that answers this.",
                        "As suas fontes não têm nada que responda a isto."},
    [PHRASE_NOT_NAMED] = {"No source mentions", "Nenhuma fonte menciona"},
    [PHRASE_SEARCHED] = {"Searched:", "Procurado em:"},
    [PHRASE_DOCUMENTS] = {"documents and the knowledge base",
                          "documentos e na base de conhecimento"},
    [PHRASE_NO_DOCUMENTS] = {"You have no documents yet; upload some and ask again.",
                             "Ainda não tem documentos; carregue alguns e pergunte de novo."},
    [PHRASE_NEAREST] = {"Your newest documents:", "Os seus documentos mais recentes:"},
    [PHRASE_NO_TOPOLOGY] = {"No topology has been generated: generate one, and the two ends of "
                            "every link are compared.",
                            "Ainda não foi gerada nenhuma topologia: gere uma, e as duas pontas de "
                            "cada ligação são comparadas."},
    [PHRASE_OLD_TOPOLOGY] = {"Configurations have changed since the topology was generated; "
                             "generate it again for current findings.",
                             "Há configurações alteradas desde que a topologia foi gerada; gere-a "
                             "de novo para ter resultados atuais."},
    [PHRASE_PAGE] = {"page", "página"},
    [PHRASE_ERROR] = {"error", "erro"},
    [PHRASE_WARNING] = {"warning", "aviso"},
    [PHRASE_INFO] = {"note", "nota"},
    [PHRASE_NEIGHBORS_OF] = {"Neighbours of", "Vizinhos de"},
    [PHRASE_BGP_NEIGHBORS] = {"BGP neighbours of", "Vizinhos BGP de"},
    [PHRASE_OSPF_INTERFACES] = {"OSPF interfaces of", "Interfaces OSPF de"},
    [PHRASE_VLANS] = {"VLANs of", "VLANs de"},
    [PHRASE_STATIC_ROUTES] = {"Static routes of", "Rotas estáticas de"},
    [PHRASE_PATH_FROM] = {"Path from", "Caminho de"},
    [PHRASE_PATH_TO] = {"to", "para"},
    [PHRASE_NO_PATH] = {"the topology has no path", "a topologia não tem caminho"},
    [PHRASE_HOPS] = {"hops", "saltos"},
    [PHRASE_LINES_REMOVED] = {"lines removed", "linhas removidas"},
    [PHRASE_LINES_ADDED] = {"lines added", "linhas acrescentadas"},
    [PHRASE_CAPTURE] = {"Capture", "Captura"},
    [PHRASE_PACKETS] = {"packets in", "pacotes em"},
    [PHRASE_SECONDS] = {"s", "s"},
    [PHRASE_SEGMENTS] = {"TCP segments", "segmentos TCP"},
};

Str phrase(QuestionLanguage language, Phrase which)
{
    return str_of(phrases[which][language == QUESTION_PORTUGUESE]);
}

typedef struct {
    const char *name;
    const char *english;
    const char *portuguese;
} Term;

static Str find_term(const Term *terms, size_t count, QuestionLanguage language, Str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_of(terms[i].name)))
            return str_of(language == QUESTION_PORTUGUESE ? terms[i].portuguese : terms[i].english);
    return name;
}

static const Term findings[] = {
    {"bgp_half_open", "BGP session configured at one end only",
     "Sessão BGP configurada só numa das pontas"},
    {"bgp_as_mismatch", "BGP: the AS numbers do not match", "BGP: os números de AS não coincidem"},
    {"bgp_no_remote_as", "BGP neighbour without a remote AS", "Vizinho BGP sem AS remoto"},
    {"bgp_invalid_local_ip", "BGP: the local address is on no interface",
     "BGP: o endereço local não está em nenhuma interface"},
    {"bgp_unknown_remote", "BGP neighbour that no configuration describes",
     "Vizinho BGP que nenhuma configuração descreve"},
    {"ospf_area_mismatch", "OSPF: the areas differ", "OSPF: as áreas são diferentes"},
    {"ospf_area_type_mismatch", "OSPF: the types of the area differ",
     "OSPF: os tipos da área são diferentes"},
    {"ospf_duplicate_router_id", "OSPF: two routers have the same router ID",
     "OSPF: dois routers têm o mesmo router ID"},
    {"ospf_network_type_mismatch", "OSPF: the network types differ",
     "OSPF: os tipos de rede são diferentes"},
    {"ospf_hello_mismatch", "OSPF: the hello intervals differ",
     "OSPF: os intervalos de hello são diferentes"},
    {"ospf_dead_mismatch", "OSPF: the dead intervals differ",
     "OSPF: os intervalos de dead são diferentes"},
    {"ospf_authentication_mismatch", "OSPF: the authentication differs",
     "OSPF: a autenticação é diferente"},
    {"ospf_mtu_mismatch", "OSPF: the MTU differs at the two ends of the link",
     "OSPF: a MTU é diferente nas duas pontas da ligação"},
    {"ospf_one_sided", "OSPF at one end of the link only", "OSPF só numa das pontas da ligação"},
    {"ospf_passive_mismatch", "OSPF: the interface is passive at one end only",
     "OSPF: a interface é passiva só numa das pontas"},
    {"isis_level_mismatch", "IS-IS: the two ends have no level in common",
     "IS-IS: as duas pontas não têm nenhum nível em comum"},
    {"isis_area_mismatch", "IS-IS: the areas differ", "IS-IS: as áreas são diferentes"},
    {"isis_network_type_mismatch", "IS-IS: the network types differ",
     "IS-IS: os tipos de rede são diferentes"},
    {"isis_authentication_mismatch", "IS-IS: the authentication differs",
     "IS-IS: a autenticação é diferente"},
    {"isis_mtu_mismatch", "IS-IS: the MTU differs at the two ends of the link",
     "IS-IS: a MTU é diferente nas duas pontas da ligação"},
    {"isis_one_sided", "IS-IS at one end of the link only", "IS-IS só numa das pontas da ligação"},
    {"isis_passive_mismatch", "IS-IS: the interface is passive at one end only",
     "IS-IS: a interface é passiva só numa das pontas"},
    {"duplicate_system_id", "Two devices have the same IS-IS system ID",
     "Dois equipamentos têm o mesmo system ID de IS-IS"},
    {"eigrp_as_mismatch", "EIGRP: the AS numbers differ", "EIGRP: os números de AS são diferentes"},
    {"eigrp_weights_mismatch", "EIGRP: the weights of the metric differ",
     "EIGRP: os pesos da métrica são diferentes"},
    {"eigrp_authentication_mismatch", "EIGRP: the authentication differs",
     "EIGRP: a autenticação é diferente"},
    {"eigrp_one_sided", "EIGRP at one end of the link only", "EIGRP só numa das pontas da ligação"},
    {"eigrp_passive_mismatch", "EIGRP: the interface is passive at one end only",
     "EIGRP: a interface é passiva só numa das pontas"},
    {"mtu_mismatch", "The MTU differs at the two ends of the link",
     "A MTU é diferente nas duas pontas da ligação"},
    {"native_vlan_mismatch", "The native VLANs of the trunk differ",
     "As VLANs nativas do trunk são diferentes"},
    {"vlan_allowed_mismatch", "The VLANs allowed on the trunk differ",
     "As VLANs permitidas no trunk são diferentes"},
    {"switchport_mode_mismatch", "The switchport modes of the link differ",
     "Os modos de switchport da ligação são diferentes"},
    {"lag_mode_mismatch", "The two ends form the port channel in different ways",
     "As duas pontas formam o port channel de maneiras diferentes"},
    {"duplicate_ip", "Two interfaces have the same address",
     "Duas interfaces têm o mesmo endereço"},
    {"shared_loopback", "Two devices share a loopback address",
     "Dois equipamentos partilham um endereço de loopback"},
    {"duplicate_router_id", "Two devices have the same router ID",
     "Dois equipamentos têm o mesmo router ID"},
    {"duplicate_hostname", "Two configurations have the same host name",
     "Duas configurações têm o mesmo nome de equipamento"},
    {"subnet_mask_mismatch", "The subnet masks of the link differ",
     "As máscaras da ligação são diferentes"},
    {"configuration_warning", "The configuration has a warning", "A configuração tem um aviso"},
    {"ospf_neighbor_not_full", "An OSPF neighbour is not adjacent",
     "Um vizinho OSPF não está adjacente"},
    {"bgp_session_not_established", "A BGP session is not established",
     "Uma sessão BGP não está estabelecida"},
    {"isis_neighbor_not_up", "An IS-IS neighbour is not up", "Um vizinho IS-IS não está ativo"},
    {"interface_error_disabled", "An interface was disabled because of an error",
     "Uma interface foi desativada por causa de um erro"},
    {"spanning_tree_inconsistent", "Spanning tree blocks a port as inconsistent",
     "O spanning tree bloqueia uma porta como inconsistente"},
    {"mlag_not_active", "MLAG is not active", "O MLAG não está ativo"},
    {"hardware_failed", "A power supply, a fan or a sensor has failed",
     "Uma fonte, um ventilador ou um sensor falhou"},
    {"half_duplex", "An interface works in half duplex", "Uma interface trabalha em half duplex"},
    {"interface_crc_errors", "Frames arrive damaged", "Chegam quadros danificados"},
    {"line_protocol_down", "An interface is up, and its line protocol is down",
     "Uma interface está ativa, mas o protocolo de linha está inativo"},
    {"lag_member_not_bundled", "A member does not belong to its bundle",
     "Um membro não faz parte do seu agregado"},
    {"vpc_down", "A vPC is down", "Um vPC está inativo"},
    {"hsrp_init", "An HSRP group does not work", "Um grupo HSRP não funciona"},
    {"eigrp_queue_not_empty", "An EIGRP neighbour does not acknowledge",
     "Um vizinho EIGRP não confirma"},
    {"cpu_busy", "The processor was busy for five minutes",
     "O processador esteve ocupado durante cinco minutos"},
    {"undefined_reference", "A reference to something that is not defined",
     "Uma referência a algo que não está definido"},
    {"undefined_interface", "A reference to an interface that does not exist",
     "Uma referência a uma interface que não existe"},
    {"duplicate_address", "Two interfaces of the device have the same address",
     "Duas interfaces do equipamento têm o mesmo endereço"},
    {"overlapping_subnets", "The subnets of two interfaces overlap",
     "As sub-redes de duas interfaces sobrepõem-se"},
    {"shadowed_filter_line", "A line of a filter never matches",
     "Uma linha de um filtro nunca corresponde"},
    {"unreachable_next_hop", "The next hop of a static route cannot be reached",
     "O próximo salto de uma rota estática não é alcançável"},
    {"bgp_neighbor_without_as", "BGP neighbour without a remote AS", "Vizinho BGP sem AS remoto"},
    {"weak_password_type", "A password is stored in a weak form",
     "Uma senha está guardada numa forma fraca"},
    {"clear_text_password", "A password in clear text", "Uma senha em texto claro"},
    {"snmp_default_community", "The SNMP community is a default one",
     "A comunidade SNMP é uma padrão"},
    {"telnet_enabled", "Telnet is enabled", "O Telnet está ativado"},
};

Str phrase_finding(QuestionLanguage language, Str kind)
{
    return find_term(findings, sizeof(findings) / sizeof(findings[0]), language, kind);
}

static const Term events[] = {
    {"retransmission", "retransmissions", "retransmissões"},
    {"fast_retransmission", "of them fast", "delas rápidas"},
    {"spurious_retransmission", "of them spurious", "delas desnecessárias"},
    {"out_of_order", "out of order", "fora de ordem"},
    {"lost_segment", "segments missing before", "segmentos em falta antes"},
    {"ack_lost_segment", "acknowledged but not captured", "confirmados mas não capturados"},
    {"duplicate_ack", "duplicate ACKs", "ACKs duplicados"},
    {"zero_window", "zero windows", "janelas a zero"},
    {"window_full", "full windows", "janelas cheias"},
    {"window_update", "window updates", "atualizações de janela"},
    {"keep_alive", "keep-alives", "keep-alives"},
};

Str phrase_event(QuestionLanguage language, Str event)
{
    return find_term(events, sizeof(events) / sizeof(events[0]), language, event);
}
